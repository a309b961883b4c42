#include "fs/directory_cursor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace estiba::fs {

DirectoryCursor::DirectoryCursor(UniqueFd start) : fd_(std::move(start)) {}

DirectoryCursor::Identity DirectoryCursor::identify(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw_errno("examine a directory");
  return {.device = status.st_dev, .inode = status.st_ino};
}

bool DirectoryCursor::enter(const std::string& name, Mounts mounts) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  if (mounts == Mounts::kRefuse) how.resolve |= RESOLVE_NO_XDEV;
  const long fd = ::syscall(SYS_openat2, fd_.get(), name.c_str(), &how, sizeof how);
  if (fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return false;
    if (errno == EXDEV) {
      throw Error(ErrorCode::kConflict,
                  fmt::format("something is mounted on the directory {}", name),
                  "unmount it first");
    }
    throw_errno(fmt::format("open the directory {}", name));
  }
  above_.push_back(identify(fd_.get()));
  fd_ = UniqueFd(static_cast<int>(fd));
  return true;
}

void DirectoryCursor::leave() {
  UniqueFd parent = open_at(fd_.get(), "..", O_RDONLY | O_DIRECTORY);
  if (identify(parent.get()) != above_.back()) {
    throw Error(ErrorCode::kConflict, "a directory was moved away while its tree was being read");
  }
  above_.pop_back();
  fd_ = std::move(parent);
}

}  // namespace estiba::fs
