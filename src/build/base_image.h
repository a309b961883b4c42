// Finds the images that a build stands on.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "build/lock_file.h"
#include "build/observer.h"
#include "oci/platform.h"
#include "store/image_store.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::build {

struct PulledImage {
  Digest id;
  Digest manifest;
};
// Fetches an image from its registry into the store.
using PullImage =
    std::function<PulledImage(const Reference& reference, const Platform& platform,
                              client::TransferProgress& progress, std::stop_token stop)>;

// Looks in the local store, then in the registry; with `always_pull` in the registry first.
// Borrows.
class BaseImages {
 public:
  struct Options {
    bool always_pull = false;
    Platform platform;
    LockedImages locked{};  // Dockerfile.lock
    std::map<std::string, std::string>
        named{};  // --build-context: context_key() to an image or its ID
  };
  BaseImages(store::Store& store, const PullImage& pull, Options options, BuildObserver& observer,
             std::stop_token stop);

  // `name` as FROM or --from has it: a reference, or an image ID. The image is leased for as long
  // as `lease` lives. Throws what the pull throws.
  [[nodiscard]] store::Image find(const std::string& name, const std::string& platform,
                                  store::Lease& lease);
  // What unpinned names turned out to be.
  [[nodiscard]] const std::map<std::string, Digest>& unpinned() const { return unpinned_; }

 private:
  [[nodiscard]] std::optional<Reference> unpinned_reference(const std::string& name) const;
  [[nodiscard]] store::Image find_leased(const std::string& name, const std::string& platform,
                                         const Platform& wanted, store::Lease& lease);
  [[nodiscard]] bool fits(const store::Image& image, const Platform& wanted) const;
  [[nodiscard]] store::Image fetch(const Reference& reference, const Platform& platform);

  store::Store& store_;
  const PullImage& pull_;
  Options options_;
  BuildObserver& observer_;
  std::stop_token stop_;
  std::map<std::string, Digest> unpinned_;
};

}  // namespace estiba::build
