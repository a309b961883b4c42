#include "store/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/fd.h"
#include "fs/mount.h"
#include "fs/tree.h"
#include "fs/user_namespace.h"
#include "store/layer_store.h"
#include "store/lease.h"
#include "store/limits.h"
#include "store/store.h"

namespace estiba::store {
namespace {

// The upper has to be readable by itself: no redirects, no metadata-only copies.
const std::vector<std::string> kWritableOptions = {"index=off", "metacopy=off", "redirect_dir=off"};
// In a user namespace overlay's marks are where users may write them; that rules out redirects and
// metadata-only copies by itself.
const std::vector<std::string> kOptionsOfUsers = {"userxattr"};
const std::vector<std::string> kWritableOptionsOfUsers = {"userxattr", "index=off"};

void make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) throw_errno("make the folder " + path);
}

// The merged root shows the upper's owner and mode: they must be those of the layers' root.
void copy_root_attributes(const std::string& from, const std::string& to) {
  struct stat status = {};
  if (::stat(from.c_str(), &status) != 0) throw_errno("examine " + from);
  if (::chown(to.c_str(), status.st_uid, status.st_gid) != 0 ||
      ::chmod(to.c_str(), status.st_mode & 07777) != 0) {
    throw_errno("set owner and mode of " + to);
  }
}

}  // namespace

struct Snapshot::State {
  std::string path;
  std::string upper_path;
  fs::Mount mount;  // not mounted for an empty read-only root
  std::string volatile_mark;

  ~State() {
    if (mount.mounted()) mount = fs::Mount();
    if (!path.empty()) ::rmdir(path.c_str());
    // Left by the kernel; it would refuse to mount this upper again.
    if (!volatile_mark.empty()) ::rmdir(volatile_mark.c_str());
  }
};

Snapshot::Snapshot(std::unique_ptr<State> state) : state_(std::move(state)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

const std::string& Snapshot::path() const {
  return state_->path;
}

const std::string& Snapshot::upper_path() const {
  return state_->upper_path;
}

// Below the private tmpfs: l/<n> are layers, s/<n> snapshots, e is empty. Paths are short because
// old kernels take no more than a page of them for one overlay.
struct SnapshotMounter::State {
  explicit State(Store& opened_store) : store(opened_store), lease(opened_store.lease()) {}

  Store& store;
  std::unique_ptr<Lease> lease;
  std::mutex mutex;
  fs::Mount area;
  std::map<Digest, std::string> layers;  // where each one is mounted, or its tree
  std::size_t next_layer = 0;
  std::size_t next_snapshot = 0;

  [[nodiscard]] std::string empty_directory() const { return store.mount_area() + "/e"; }
  void prepare_area();
  std::string layer_path(const Digest& diff_id, const std::stop_token& stop);
  std::vector<std::string> lowers(const std::vector<Digest>& diff_ids, const std::stop_token& stop);
  std::string new_target();
};

void SnapshotMounter::State::prepare_area() {
  const std::lock_guard lock(mutex);
  if (area.mounted()) return;
  area = fs::mount_tmpfs({.target = store.mount_area(), .mode = 0700});
  for (const char* name : {"/l", "/s", "/e"}) make_directory(store.mount_area() + name, 0755);
}

std::string SnapshotMounter::State::layer_path(const Digest& diff_id, const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex);
    const auto known = layers.find(diff_id);
    if (known != layers.end()) return known->second;
  }
  // Not under the mutex: making a form may take long, and other layers need not wait for it.
  const LayerMountSource source = store.layers().ensure_mountable(diff_id, stop);
  const std::lock_guard lock(mutex);
  const auto known = layers.find(diff_id);
  if (known != layers.end()) return known->second;
  std::string path = source.tree_path;
  if (source.form == LayerForm::kIndex) {
    path = fmt::format("{}/l/{}", store.mount_area(), next_layer++);
    make_directory(path, 0755);
    // Released: it goes away with the area below which it is mounted, in one call for all.
    fs::mount_erofs({.image = source.index_path, .devices = {source.tar_path}, .target = path})
        .release();
  }
  return layers.emplace(diff_id, path).first->second;
}

// Topmost first, as overlay wants them.
std::vector<std::string> SnapshotMounter::State::lowers(const std::vector<Digest>& diff_ids,
                                                        const std::stop_token& stop) {
  if (diff_ids.size() >= kMaxImageLayers) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the image has {} layers, more than the {} that can be mounted",
                            diff_ids.size(), kMaxImageLayers - 1));
  }
  prepare_area();
  lease->keep_layers(diff_ids);
  std::vector<std::string> result;
  for (auto diff_id = diff_ids.rbegin(); diff_id != diff_ids.rend(); ++diff_id) {
    // Overlay refuses a directory twice. A layer that stands in the stack again further up hides
    // all of itself that is below: commands that change the same leave equal layers.
    std::string path = layer_path(*diff_id, stop);
    if (std::ranges::find(result, path) == result.end()) result.push_back(std::move(path));
  }
  return result;
}

std::string SnapshotMounter::State::new_target() {
  std::string path;
  {
    const std::lock_guard lock(mutex);
    path = fmt::format("{}/s/{}", store.mount_area(), next_snapshot++);
  }
  make_directory(path, 0755);
  return path;
}

SnapshotMounter::SnapshotMounter(Store& store) : state_(std::make_unique<State>(store)) {}
SnapshotMounter::~SnapshotMounter() = default;

Snapshot SnapshotMounter::mount_read_only(const std::vector<Digest>& diff_ids,
                                          std::stop_token stop) {
  std::vector<std::string> lowers = state_->lowers(diff_ids, stop);
  auto snapshot = std::make_unique<Snapshot::State>();
  snapshot->path = state_->new_target();
  if (!lowers.empty()) {
    // Without an upper overlay wants two lowers. A lone layer is not shown as it is either: its
    // whiteouts would be seen.
    if (lowers.size() == 1) lowers.push_back(state_->empty_directory());
    snapshot->mount = fs::mount_overlay(
        {.lowers = std::move(lowers),
         .target = snapshot->path,
         .options = fs::in_user_namespace() ? kOptionsOfUsers : std::vector<std::string>{}});
  }
  return Snapshot(std::move(snapshot));
}

Snapshot SnapshotMounter::mount_writable(const std::vector<Digest>& diff_ids,
                                         const std::string& state_directory, std::stop_token stop,
                                         Upper upper) {
  std::vector<std::string> lowers = state_->lowers(diff_ids, stop);
  if (lowers.empty()) lowers.push_back(state_->empty_directory());
  auto snapshot = std::make_unique<Snapshot::State>();
  snapshot->path = state_->new_target();
  snapshot->upper_path = state_directory + "/upper";
  const std::string work = state_directory + "/work";
  if (!path_exists(snapshot->upper_path)) {
    make_directory(snapshot->upper_path, 0755);
    copy_root_attributes(lowers.front(), snapshot->upper_path);
  }
  make_directory(work, 0700);
  std::vector<std::string> options =
      fs::in_user_namespace() ? kWritableOptionsOfUsers : kWritableOptions;
  if (upper == Upper::kEphemeral) {
    options.emplace_back("volatile");
    snapshot->volatile_mark = work + "/work/incompat/volatile";
  }
  snapshot->mount = fs::mount_overlay({.lowers = std::move(lowers),
                                       .upper = snapshot->upper_path,
                                       .work = work,
                                       .target = snapshot->path,
                                       .options = std::move(options)});
  return Snapshot(std::move(snapshot));
}

}  // namespace estiba::store
