// The file system that a container sees, for those who are outside: cp.
#pragma once

#include <optional>
#include <vector>

#include "fs/lock.h"
#include "fs/mount.h"
#include "fs/root_dir.h"
#include "run/containers.h"
#include "run/volume_sources.h"
#include "store/snapshot.h"

namespace estiba::run {

// Of a running container what its first process sees; of another its layers and volumes, mounted by
// us, and nobody starts it meanwhile. Our process is in a private mount namespace.
class ContainerRoot {
 public:
  ContainerRoot(store::Store& store, store::SnapshotMounter& mounter, const Container& container);
  ~ContainerRoot();
  ContainerRoot(const ContainerRoot&) = delete;
  ContainerRoot& operator=(const ContainerRoot&) = delete;

  [[nodiscard]] const fs::RootDir& directory() const { return *directory_; }

 private:
  void mount_all(store::Store& store, store::SnapshotMounter& mounter, const Container& container);

  std::optional<fs::FileLock> lock_;
  bool never_ran_ = false;
  std::optional<store::Snapshot> snapshot_;
  std::optional<VolumeSources> sources_;
  std::vector<fs::Mount> volumes_;
  std::optional<fs::RootDir> directory_;
};

}  // namespace estiba::run
