#include <fmt/format.h>

#include "archive/limits.h"
#include "archive/tar_entry.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

[[noreturn]] void refuse(std::string_view path, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the archive has the path {:?}, which {}", path.substr(0, 200), why));
}

}  // namespace

std::string clean_entry_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) refuse(path, "contains a NUL byte");
  std::string cleaned;
  cleaned.reserve(path.size());
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view name = path.substr(start, end - start);
    start = end + 1;
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (cleaned.empty()) refuse(path, "climbs above the root");
      const std::size_t slash = cleaned.rfind('/');
      cleaned.erase(slash == std::string::npos ? 0 : slash);
      continue;
    }
    if (name.size() > kMaxNameBytes) {
      refuse(path, fmt::format("has a name longer than {} bytes", kMaxNameBytes));
    }
    if (!cleaned.empty()) cleaned += '/';
    cleaned += name;
  }
  if (cleaned.size() > kMaxPathBytes) {
    refuse(path, fmt::format("is longer than {} bytes", kMaxPathBytes));
  }
  return cleaned;
}

}  // namespace estiba::archive
