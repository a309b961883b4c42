#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "fs/mount.h"
#include "fs/mount_context.h"
#include "fs/mount_fallback.h"

namespace estiba::fs {
namespace {

// As overlayfs has it (OVL_MAX_STACK).
constexpr std::size_t kMaxLowers = 500;

std::string escape(const std::string& path, std::string_view special) {
  std::string result;
  for (const char letter : path) {
    if (special.find(letter) != std::string_view::npos) result += '\\';
    result += letter;
  }
  return result;
}

// In one string of paths a colon separates and a backslash escapes. In the string of options of
// mount(2) a comma would end the option.
constexpr std::string_view kSpecialInOptions = ":,\\";
// The upper and work paths are unescaped even where they come alone; a lower that is added is not.
constexpr std::string_view kSpecialAlone = "\\";

}  // namespace

Mount mount_overlay_with_option_string(const OverlayMount& overlay) {
  std::vector<std::string> lowers;
  for (const std::string& lower : overlay.lowers) {
    lowers.push_back(escape(lower, kSpecialInOptions));
  }
  std::string options = "lowerdir=" + join(lowers, ":");
  if (!overlay.upper.empty()) {
    options += fmt::format(",upperdir={},workdir={}", escape(overlay.upper, kSpecialInOptions),
                           escape(overlay.work, kSpecialInOptions));
  }
  for (const std::string& option : overlay.options) options += "," + option;
  if (options.size() >= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the paths of {} layers do not fit what this kernel takes for a mount",
                            overlay.lowers.size()),
                "Linux 6.5 or newer has no such limit; else use a shorter --root");
  }
  const unsigned long flags = overlay.upper.empty() ? MS_RDONLY : 0;
  if (::mount("overlay", overlay.target.c_str(), "overlay", flags, options.c_str()) != 0) {
    throw_errno("mount overlay on " + overlay.target);
  }
  return Mount(overlay.target);
}

Mount mount_overlay(const OverlayMount& overlay) {
  if (overlay.lowers.empty() || overlay.upper.empty() != overlay.work.empty()) {
    throw Error(ErrorCode::kInternal, "an overlay needs a lower, and an upper needs a work folder");
  }
  if (overlay.lowers.size() > kMaxLowers) {
    throw Error(ErrorCode::kUnsupported, fmt::format("an overlay can have {} layers, not {}",
                                                     kMaxLowers, overlay.lowers.size()));
  }
  MountContext context("overlay");
  context.set("source", "overlay");
  for (const std::string& lower : overlay.lowers) {
    const int reason = context.try_set("lowerdir+", lower);
    if (reason == EINVAL && &lower == &overlay.lowers.front()) {
      return mount_overlay_with_option_string(overlay);
    }
    if (reason != 0) context.fail(reason, fmt::format("use {} as a layer", lower));
  }
  if (!overlay.upper.empty()) {
    context.set("upperdir", escape(overlay.upper, kSpecialAlone));
    context.set("workdir", escape(overlay.work, kSpecialAlone));
  }
  for (const std::string& option : overlay.options) context.set_option(option);
  return context.mount_on(overlay.target, overlay.upper.empty() ? MountContext::Access::kReadOnly
                                                                : MountContext::Access::kReadWrite);
}

}  // namespace estiba::fs
