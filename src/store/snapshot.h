// Stacks of layers mounted as one root file system.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "oci/digest.h"

namespace estiba::store {

class Store;

// A mounted stack; unmounted on destruction. With an upper it is writable and every change lands in
// upper_path(). Movable.
class Snapshot {
 public:
  struct State;
  explicit Snapshot(std::unique_ptr<State> state);
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

  [[nodiscard]] const std::string& path() const;        // the merged root
  [[nodiscard]] const std::string& upper_path() const;  // empty when read-only

 private:
  std::unique_ptr<State> state_;
};

// Mounts snapshots for one process, which must have entered its private mount namespace before
// (fs::enter_private_mount_namespace), so that a killed process leaves nothing mounted. Each layer
// is mounted once and shared by the snapshots that stand on it. Thread-safe. Must outlive its
// snapshots; borrows the store.
class SnapshotMounter {
 public:
  explicit SnapshotMounter(Store& store);
  ~SnapshotMounter();

  // What becomes of the changes after the snapshot.
  enum class Upper {
    kKept,       // a container's: what its programs sync is on the disk
    kEphemeral,  // read or thrown away by us: syncing inside does nothing, unmounting is instant
  };

  // `diff_ids` lowest first; none gives an empty root. The layers are leased as long as this
  // mounter lives.
  [[nodiscard]] Snapshot mount_read_only(const std::vector<Digest>& diff_ids, std::stop_token stop);
  // `state_directory` (on the store's file system) receives upper/ and work/; it may hold the upper
  // of an earlier snapshot of the same layers. Unmounting a kept upper writes it out.
  [[nodiscard]] Snapshot mount_writable(const std::vector<Digest>& diff_ids,
                                        const std::string& state_directory, std::stop_token stop,
                                        Upper upper = Upper::kKept);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace estiba::store
