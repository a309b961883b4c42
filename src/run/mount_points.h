// The files and directories that a container's mounts need in its root file system.
//
// The runtime would make them too, but then nobody knew which are its and which the image's. Made
// here, they are removed again after the container, and the directories around them get their old
// times back, so that a layer made of the upper does not tell that something was mounted.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

namespace estiba::fs {
class RootDir;
}

namespace estiba::run {

enum class MountPointKind { kDirectory, kFile };

struct MountPoint {
  std::string path;
  MountPointKind kind = MountPointKind::kDirectory;
};

class MountPoints {
 public:
  // Borrows `root`.
  explicit MountPoints(const fs::RootDir& root) : root_(root) {}
  ~MountPoints();  // removes those that are still empty
  MountPoints(const MountPoints&) = delete;
  MountPoints& operator=(const MountPoints&) = delete;

  // Links in the path are followed inside the root.
  void ensure(const MountPoint& point);

 private:
  void remove_made() noexcept;

  const fs::RootDir& root_;
  std::vector<MountPoint> made_;  // resolved paths, in the order they were made
};

}  // namespace estiba::run
