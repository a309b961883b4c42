#include "archive/pending_directories.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "archive/layer_xattrs.h"
#include "base/error.h"

namespace estiba::archive {

void PendingDirectories::add(const std::string& path, const TarEntry& entry) {
  Metadata& metadata = directories_[path];
  metadata.mode = entry.mode;
  metadata.mtime = entry.mtime;
  for (auto& [name, value] : layer_xattrs(entry)) metadata.xattrs.insert_or_assign(name, value);
}

void PendingDirectories::forget(const std::string& path) {
  directories_.erase(path);
  const std::string below = path + "/";
  auto at = directories_.lower_bound(below);
  while (at != directories_.end() && at->first.starts_with(below)) at = directories_.erase(at);
}

void PendingDirectories::apply(const fs::RootDir& root, Privilege privilege) {
  // The innermost first: a parent's mode may shut us out.
  for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) {
    const auto& [path, metadata] = *at;
    const UniqueFd directory =
        root.open(path, O_RDONLY | O_DIRECTORY, 0, fs::Resolve::kBeneathNoSymlinks);
    set_xattrs(directory.get(), "", metadata.xattrs, privilege);
    if (::fchmod(directory.get(), metadata.mode) != 0) {
      throw_errno(fmt::format("set the mode of {:?}", path));
    }
    set_times(directory.get(), "", metadata.mtime);
  }
  directories_.clear();
}

}  // namespace estiba::archive
