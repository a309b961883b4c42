#include "run/mount_points.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <ranges>

#include "base/error.h"
#include "base/fd.h"
#include "fs/root_dir.h"

namespace estiba::run {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Keeps the times of a directory while its entries change.
class KeptTimes {
 public:
  KeptTimes(const fs::RootDir& root, const std::string& path)
      : directory_(root.open(path, O_RDONLY | O_DIRECTORY)) {
    struct stat status = {};
    if (::fstat(directory_.get(), &status) != 0) throw_errno("look at /" + path);
    times_ = {status.st_atim, status.st_mtim};
  }
  ~KeptTimes() { ::futimens(directory_.get(), times_.data()); }
  KeptTimes(const KeptTimes&) = delete;
  KeptTimes& operator=(const KeptTimes&) = delete;

  [[nodiscard]] int fd() const { return directory_.get(); }

 private:
  UniqueFd directory_;
  std::array<timespec, 2> times_ = {};
};

// The longest leading part of `path` that exists: where make_directories() will begin.
std::string existing_part(const fs::RootDir& root, std::string path) {
  while (!path.empty() && !root.lstat(path)) path = parent_of(path);
  return path;
}

}  // namespace

MountPoints::~MountPoints() {
  remove_made();
}

void MountPoints::ensure(const MountPoint& point) {
  if (root_.stat(point.path)) return;
  const std::string path = root_.resolve(point.path);
  const KeptTimes times(root_, existing_part(root_, path));
  const std::string directories = point.kind == MountPointKind::kDirectory ? path : parent_of(path);
  try {
    for (std::string& made : root_.make_directories(directories, {})) {
      made_.push_back({.path = std::move(made), .kind = MountPointKind::kDirectory});
    }
    if (point.kind == MountPointKind::kDirectory) return;
    const UniqueFd file =
        root_.open(path, O_WRONLY | O_CREAT | O_EXCL, 0644, fs::Resolve::kBeneathNoSymlinks);
    made_.push_back({.path = path, .kind = MountPointKind::kFile});
  } catch (Error& error) {
    error.add_context("making the mount point " + point.path);
    throw;
  }
}

void MountPoints::remove_made() noexcept {
  for (const MountPoint& point : made_ | std::views::reverse) {
    try {
      const auto status = root_.lstat(point.path);
      if (!status) continue;
      const bool is_directory = point.kind == MountPointKind::kDirectory;
      // What the container put there is its own.
      if (!is_directory && (!S_ISREG(status->st_mode) || status->st_size != 0)) continue;
      const KeptTimes times(root_, parent_of(point.path));
      ::unlinkat(times.fd(), name_of(point.path).c_str(), is_directory ? AT_REMOVEDIR : 0);
    } catch (const Error&) {
      // The container replaced what led there; then it is no longer ours to remove.
      continue;
    }
  }
  made_.clear();
}

}  // namespace estiba::run
