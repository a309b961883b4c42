#include "store/disk_size.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"

namespace estiba::store {
namespace {

constexpr std::uint64_t kStatBlockBytes = 512;  // the unit of st_blocks, whatever the filesystem

std::uint64_t allocated_bytes(const struct stat& status) {
  return static_cast<std::uint64_t>(status.st_blocks) * kStatBlockBytes;
}

}  // namespace

std::uint64_t disk_size_bytes(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return 0;
  std::uint64_t total = allocated_bytes(status);
  if (!S_ISDIR(status.st_mode)) return total;
  try {
    const UniqueFd directory = open_file(path, O_RDONLY | O_DIRECTORY);
    fs::walk(directory.get(), [&](const fs::WalkEntry& entry) {
      total += allocated_bytes(entry.status);
      return fs::WalkStep::kContinue;
    });
  } catch (const Error& error) {
    // Somebody else is removing the tree while we measure it: what was counted will do.
    if (error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kConflict) throw;
  }
  return total;
}

}  // namespace estiba::store
