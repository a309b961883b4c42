// --cache-from: steps that were carried out elsewhere.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "build/cache/cache_document.h"
#include "build/cache/cache_storage.h"
#include "build/steps/step.h"
#include "oci/manifest.h"

namespace estiba::build {

// Thread-safe. Borrows the context. Nothing is asked of any place before a step is not found here;
// a place that cannot be read is a warning, and as good as empty.
class RemoteCaches {
 public:
  explicit RemoteCaches(const StepContext& context) : context_(context) {}

  // Brings the step with this key, and its layer, into the store and its build cache. False when no
  // place has it.
  bool bring(const Digest& key);

 private:
  struct Place {
    CacheStorage* storage = nullptr;
    Manifest manifest;
    std::vector<CachedStep> steps;
  };
  void load();
  void load(CacheStorage& storage);
  void bring(Place& place, const CachedStep& step);

  const StepContext& context_;
  std::mutex mutex_;
  bool loaded_ = false;
  std::vector<Place> places_;
  std::unique_ptr<store::ImageSink> sink_;  // keeps the layers that arrived
};

}  // namespace estiba::build
