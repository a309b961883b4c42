#include "run/container_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "archive/layer_tar.h"
#include "base/fd.h"
#include "fs/root_dir.h"
#include "fs/tree.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::run {
namespace {

// overlay's mark for what was deleted: a character device 0:0.
bool is_whiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

}  // namespace

std::vector<FileChange> file_changes(store::Store& store, store::SnapshotMounter& mounter,
                                     const Container& container) {
  const std::string upper = container.directory + "/upper";
  std::vector<FileChange> changes;
  if (!path_exists(upper)) return changes;
  const store::Image image = store.images().get(container.record.image);
  const store::Snapshot below = mounter.mount_read_only(image.config.diff_ids, {});
  const fs::RootDir image_root = fs::RootDir::open(below.path());
  const UniqueFd directory = open_file(upper, O_RDONLY | O_DIRECTORY);
  fs::walk(directory.get(), [&](const fs::WalkEntry& entry) {
    const std::string path = "/" + std::string(entry.path);
    const bool was_there = image_root.lstat(path).has_value();
    const char kind = is_whiteout(entry.status) ? 'D' : was_there ? 'C' : 'A';
    changes.push_back({.kind = kind, .path = path});
    return fs::WalkStep::kContinue;
  });
  return changes;
}

Digest seal_changes(store::Store& store, const Container& container) {
  const auto layer = store.layers().create();
  const std::string upper = container.directory + "/upper";
  // One that never ran has changed nothing.
  make_directories(upper, 0755);
  const UniqueFd directory = open_file(upper, O_RDONLY | O_DIRECTORY);
  archive::write_change(directory.get(), *layer, {});
  return layer->commit();
}

}  // namespace estiba::run
