#include "fs/mount_context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"

namespace estiba::fs {

MountContext::MountContext(const std::string& filesystem)
    : filesystem_(filesystem), fd_(::fsopen(filesystem.c_str(), FSOPEN_CLOEXEC)) {
  if (fd_) return;
  if (errno == ENODEV) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("this kernel does not have the filesystem {}", filesystem));
  }
  throw_errno(fmt::format("prepare a mount of {}", filesystem));
}

void MountContext::set_option(std::string_view option) {
  const std::size_t equals = option.find('=');
  if (equals != std::string_view::npos) {
    set(std::string(option.substr(0, equals)), std::string(option.substr(equals + 1)));
    return;
  }
  const std::string flag(option);
  if (::fsconfig(fd_.get(), FSCONFIG_SET_FLAG, flag.c_str(), nullptr, 0) != 0) {
    fail(errno, fmt::format("set the option {} of {}", flag, filesystem_));
  }
}

void MountContext::set(const std::string& key, const std::string& value) {
  const int reason = try_set(key, value);
  if (reason != 0) fail(reason, fmt::format("set {}={} of {}", key, value, filesystem_));
}

int MountContext::try_set(const std::string& key, const std::string& value) {
  const int result = ::fsconfig(fd_.get(), FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0);
  return result == 0 ? 0 : errno;
}

int MountContext::try_create() {
  return ::fsconfig(fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0 ? 0 : errno;
}

Mount MountContext::mount_on(const std::string& target, Access access) {
  const int reason = try_create();
  if (reason != 0) fail(reason, fmt::format("mount {} on {}", filesystem_, target));
  return attach(target, access);
}

Mount MountContext::attach(const std::string& target, Access access) {
  const unsigned attributes = access == Access::kReadOnly ? MOUNT_ATTR_RDONLY : 0;
  const UniqueFd mount(::fsmount(fd_.get(), FSMOUNT_CLOEXEC, attributes));
  if (!mount) fail(errno, fmt::format("mount {} on {}", filesystem_, target));
  if (::move_mount(mount.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    fail(errno, fmt::format("mount {} on {}", filesystem_, target));
  }
  return Mount(target);
}

void MountContext::fail(int reason, const std::string& doing) const {
  // Each read gives one message: "e overlay: ..." for errors, "w" and "i" for the rest.
  std::vector<std::string> messages;
  std::array<char, 1024> line;
  for (;;) {
    const ssize_t size = ::read(fd_.get(), line.data(), line.size());
    if (size <= 0) break;
    const std::string_view message = trim({line.data(), static_cast<std::size_t>(size)});
    if (message.starts_with("e ")) messages.emplace_back(message.substr(2));
  }
  if (messages.empty()) throw_errno(reason, doing);
  throw_errno(reason, fmt::format("{} ({})", doing, join(messages, "; ")));
}

}  // namespace estiba::fs
