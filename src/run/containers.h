// The containers of a store, as they truly are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/container_record.h"
#include "store/container_index.h"

namespace estiba::store {
class Store;
struct Image;
}  // namespace estiba::store

namespace estiba::run {

struct Container {
  std::string id;
  std::string name;
  std::string directory;
  ContainerRecord record;
  ContainerState state;

  [[nodiscard]] std::string short_id() const { return id.substr(0, 12); }
  [[nodiscard]] bool active() const {
    return state.status == ContainerStatus::kRunning ||
           state.status == ContainerStatus::kRestarting;
  }
};

// What remove() may do beside removing a stopped container.
struct ContainerRemoval {
  bool force = false;    // kill it first
  bool volumes = false;  // its anonymous volumes too
};

// A state that says "running" is believed only while the container's keeper lives: where that was
// killed, whoever looks next writes down the end and tidies up. Not thread-safe; borrows the store.
class Containers {
 public:
  explicit Containers(store::Store& store) : store_(store) {}

  // Throws what run's options can be wrong about, kConflict for a name that is taken.
  Container create(const store::Image& image, const RunOptions& options);
  // Newest first.
  [[nodiscard]] std::vector<Container> list();
  // By ID, unique ID prefix or name; kNotFound: "No such container: X".
  [[nodiscard]] Container find(std::string_view id_or_name);
  // kConflict for one that is running, unless forced.
  void remove(const Container& container, const ContainerRemoval& removal);
  // kConflict for a name that is taken.
  void rename(const Container& container, const std::string& name);
  // Takes a stopped container out of the store. For its keeper.
  void forget(const Container& container, bool volumes);

  [[nodiscard]] store::Store& store() { return store_; }

 private:
  [[nodiscard]] std::vector<VolumeRequest> all_volumes(const store::Image& image,
                                                       const RunOptions& options);
  [[nodiscard]] std::optional<Container> load(const store::ContainerEntry& entry);
  // False when it was one that is removed at its end.
  bool bury_if_lost(Container& container);

  store::Store& store_;
};

[[nodiscard]] std::string lock_path(const Container& container);

}  // namespace estiba::run
