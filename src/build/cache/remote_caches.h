// --cache-from: steps that were carried out elsewhere.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/error.h"
#include "build/cache/cache_document.h"
#include "build/cache/cache_storage.h"
#include "build/steps/step.h"
#include "oci/manifest.h"
#include "store/build_cache.h"

namespace estiba::build {

// A layer that a place promised could not be had: without that place the build goes on.
class CacheLayerLost : public Error {
 public:
  using Error::Error;
};

// Thread-safe. Borrows the context. Nothing is asked of any place before a step is not found here;
// a place that cannot be read is a warning, and as good as empty. Layers are fetched when they are
// needed, not when their step is found.
class RemoteCaches {
 public:
  explicit RemoteCaches(const StepContext& context) : context_(context) {}

  // The step with this key; nothing when no place has it. Its layer may have to be fetched.
  [[nodiscard]] std::optional<store::CacheRecord> find(const Digest& key);
  // Brings a layer of a step that was found here, if need be, and the step into the build cache.
  // Throws CacheLayerLost.
  void fetch(const Digest& diff_id);

 private:
  struct Place {
    CacheStorage* storage = nullptr;
    Manifest manifest;
    std::vector<CachedStep> steps;
  };
  void load();
  void load(CacheStorage& storage);
  struct Found {
    const Place* place = nullptr;
    const CachedStep* step = nullptr;
  };
  [[nodiscard]] std::optional<Found> look_up(const Digest& key) const;
  [[nodiscard]] bool is_here(const Found& found);
  void fetch(const Found& found);
  void remember(const CachedStep& step);

  const StepContext& context_;
  std::mutex mutex_;
  bool loaded_ = false;
  std::vector<Place> places_;
  std::map<Digest, Found> promised_;        // by diff ID: layers that are not here yet
  std::unique_ptr<store::ImageSink> sink_;  // keeps the layers that arrived
};

}  // namespace estiba::build
