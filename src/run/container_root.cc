#include "run/container_root.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "run/volumes.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::run {

ContainerRoot::ContainerRoot(store::Store& store, store::SnapshotMounter& mounter,
                             const Container& container) {
  if (container.state.status == ContainerStatus::kRunning) {
    directory_ = fs::RootDir::open(fmt::format("/proc/{}/root", container.state.pid));
    return;
  }
  // A lock of a container that never ran would say that it was begun.
  never_ran_ = !path_exists(lock_path(container));
  lock_ = fs::FileLock::try_exclusive(lock_path(container));
  if (!lock_) {
    throw Error(ErrorCode::kConflict,
                fmt::format("the container {} is being started or stopped", container.short_id()),
                "try again");
  }
  mount_all(store, mounter, container);
}

void ContainerRoot::mount_all(store::Store& store, store::SnapshotMounter& mounter,
                              const Container& container) {
  const store::Image image = store.images().get(container.record.image);
  snapshot_ = mounter.mount_writable(image.config.diff_ids, container.directory, {});
  directory_ = fs::RootDir::open(snapshot_->path());
  make_directories(container.directory + "/bundle", 0700);
  sources_.emplace(container.directory + "/bundle", [&](const std::string& id) {
    return mounter.mount_read_only(store.images().find(id).config.diff_ids, {});
  });
  const std::string volumes = store.root() + "/volumes";
  for (const BindMount& volume :
       prepare_volumes({.volumes_directory = volumes, .root_directory = snapshot_->path()},
                       container.record.options.volumes, *sources_)) {
    const std::string place = directory_->resolve(volume.destination);
    // A file's mount point is made when it is started; until then there is nothing to see.
    if (!directory_->lstat(place)) {
      struct stat status = {};
      if (::stat(volume.source.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
      directory_->make_directories(place, {});
    }
    // Nobody else sees this mount, so that a path without links stays one.
    volumes_.push_back(fs::mount_bind({.source = volume.source,
                                       .target = snapshot_->path() + "/" + place,
                                       .read_only = volume.read_only,
                                       .recursive = volume.recursive}));
  }
}

ContainerRoot::~ContainerRoot() {
  directory_.reset();
  while (!volumes_.empty()) volumes_.pop_back();
  sources_.reset();
  snapshot_.reset();
  if (lock_ && never_ran_) lock_->remove();
}

}  // namespace estiba::run
