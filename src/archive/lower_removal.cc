#include "archive/lower_removal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "archive/layer_path.h"
#include "fs/tree.h"

namespace estiba::archive {

void LowerRemoval::remember(std::string_view path) {
  while (!path.empty() && brought_.emplace(path).second) path = split_parent(path).parent;
}

void LowerRemoval::remove(const fs::RootDir& root, const std::string& path) const {
  if (!brought_.contains(path)) {
    root.remove_tree(path);
    return;
  }
  const auto status = root.lstat(path);
  if (status && S_ISDIR(status->st_mode)) remove_content(root, path);
}

void LowerRemoval::remove_content(const fs::RootDir& root, const std::string& directory) const {
  const UniqueFd fd = root.open(directory, O_RDONLY | O_DIRECTORY);
  const std::string prefix = directory.empty() ? "" : directory + "/";
  fs::walk(fd.get(), [&](const fs::WalkEntry& entry) {
    if (brought_.contains(prefix + std::string(entry.path))) return fs::WalkStep::kContinue;
    fs::remove_tree_at(entry.parent_fd, entry.name);
    return fs::WalkStep::kSkipDirectory;
  });
}

}  // namespace estiba::archive
