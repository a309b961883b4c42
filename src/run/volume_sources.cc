#include "run/volume_sources.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "fs/root_dir.h"

namespace estiba::run {
namespace {

bool is_directory_fd(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw_errno("look at a part of a volume");
  return S_ISDIR(status.st_mode);
}

}  // namespace

std::string VolumeSources::mount_point(bool is_directory) {
  std::string path = fmt::format("{}/mount-{}", directory_, mounts_.size());
  if (is_directory) {
    make_directories(path, 0700);
  } else {
    (void)open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  return path;
}

std::string VolumeSources::part_of(const std::string& directory, const std::string& subpath) {
  const fs::RootDir root = fs::RootDir::open(directory);
  const auto part = root.try_open(subpath, O_PATH);
  if (!part) {
    throw Error(
        ErrorCode::kNotFound,
        fmt::format("cannot access path {}/{}: no such file or directory", directory, subpath));
  }
  const std::string target = mount_point(is_directory_fd(part->get()));
  mounts_.push_back(fs::mount_bind({.source = fmt::format("/proc/self/fd/{}", part->get()),
                                    .target = target,
                                    .recursive = true}));
  return target;
}

std::string VolumeSources::image(const std::string& id) {
  images_.push_back(image_mounter_(id));
  return images_.back().path();
}

std::string VolumeSources::alone(const std::string& source) {
  std::string target = mount_point(is_directory_fd(open_file(source, O_PATH).get()));
  mounts_.push_back(fs::mount_bind({.source = source, .target = target}));
  return target;
}

std::string VolumeSources::of_host(const std::string& source, fs::Propagation propagation) {
  const std::string target = mount_point(is_directory_fd(open_file(source, O_PATH).get()));
  mounts_.push_back(
      fs::mount_of_host({.source = source, .target = target, .propagation = propagation}));
  return target;
}

}  // namespace estiba::run
