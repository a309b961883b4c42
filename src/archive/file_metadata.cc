#include "archive/file_metadata.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/unix_time.h"
#include "base/error.h"
#include "fs/xattr.h"

namespace estiba::archive {
namespace {

timespec to_timespec(Timestamp time) {
  const UnixTime split = split_time(time);
  return {.tv_sec = split.seconds, .tv_nsec = split.nanoseconds};
}

}  // namespace

void set_owner(int dir_fd, const std::string& name, const TarEntry& entry) {
  const int flags = AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0);
  if (::fchownat(dir_fd, name.c_str(), entry.uid, entry.gid, flags) != 0) {
    throw_errno("set the owner");
  }
}

void set_times(int dir_fd, const std::string& name, Timestamp mtime) {
  const timespec times[2] = {to_timespec(mtime), to_timespec(mtime)};
  const int result = name.empty() ? ::futimens(dir_fd, times)
                                  : ::utimensat(dir_fd, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  if (result != 0) throw_errno("set the times");
}

void set_xattrs(int dir_fd, const std::string& name,
                const std::map<std::string, std::string>& xattrs, Privilege privilege) {
  for (const auto& [key, value] : xattrs) {
    try {
      fs::write_xattr(dir_fd, name, key, value);
    } catch (const Error& error) {
      const bool is_forbidden =
          error.code() == ErrorCode::kPermissionDenied && privilege == Privilege::kUser;
      if (error.code() != ErrorCode::kUnsupported && !is_forbidden) throw;
    }
  }
}

}  // namespace estiba::archive
