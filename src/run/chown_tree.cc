#include "run/chown_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"

namespace estiba::run {

void chown_tree(const std::string& path, uid_t uid, gid_t gid) {
  const UniqueFd top = open_file(path, O_PATH);
  const auto give = [&](int parent_fd, const char* name, int flags) {
    if (::fchownat(parent_fd, name, uid, gid, flags) != 0) {
      throw_errno("change the owner of " + path);
    }
  };
  struct stat status = {};
  if (::fstat(top.get(), &status) != 0) throw_errno("look at " + path);
  give(top.get(), "", AT_EMPTY_PATH);
  if (!S_ISDIR(status.st_mode)) return;
  fs::walk(top.get(), [&](const fs::WalkEntry& entry) {
    give(entry.parent_fd, entry.name.c_str(), AT_SYMLINK_NOFOLLOW);
    return fs::WalkStep::kContinue;
  });
}

}  // namespace estiba::run
