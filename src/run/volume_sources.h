// Where the runtime finds what is mounted into a container when that is not simply a directory:
// parts of volumes, images, mounts of the host that have peers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fs/host_mount.h"
#include "fs/mount.h"
#include "store/snapshot.h"

namespace estiba::run {

// Holds these mounts, and has to live as long as the container runs. Not thread-safe.
class VolumeSources {
 public:
  // Mounts an image, read-only, by its ID.
  using ImageMounter = std::function<store::Snapshot(const std::string& id)>;

  // Mount points are made in `directory`, which must exist and be ours.
  VolumeSources(std::string directory, ImageMounter image_mounter)
      : directory_(std::move(directory)), image_mounter_(std::move(image_mounter)) {}

  // A file or directory below `directory`; links in there lead nowhere else, and it cannot be
  // exchanged afterwards. Throws kNotFound when there is none.
  std::string part_of(const std::string& directory, const std::string& subpath);
  // The root of an image.
  std::string image(const std::string& id);
  // Without what is mounted below; crun would take that along.
  std::string alone(const std::string& source);
  // Throws kInvalidArgument where the host does not share the mount.
  std::string of_host(const std::string& source, fs::Propagation propagation);

 private:
  std::string mount_point(bool is_directory);

  std::string directory_;
  ImageMounter image_mounter_;
  std::vector<store::Snapshot> images_;
  std::vector<fs::Mount> mounts_;  // of images, too: they go first
};

}  // namespace estiba::run
