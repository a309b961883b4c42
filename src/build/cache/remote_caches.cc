#include "build/cache/remote_caches.h"

#include <algorithm>

#include "base/error.h"
#include "store/build_cache.h"

namespace estiba::build {

void RemoteCaches::load(CacheStorage& storage) {
  try {
    const auto bytes = storage.read_manifest(context_.options.platform, context_.stop);
    if (!bytes) {
      context_.observer.warning("there is no build cache in " + storage.name());
      return;
    }
    Place place{&storage, Manifest::parse(*bytes), {}};
    place.steps = parse_cached_steps(storage.read_blob(place.manifest.config, context_.stop));
    places_.push_back(std::move(place));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    context_.observer.warning("the build cache in " + storage.name() +
                              " cannot be used: " + error.what());
  }
}

void RemoteCaches::load() {
  if (loaded_) return;
  loaded_ = true;
  for (const auto& storage : context_.options.cache_from) load(*storage);
  sink_ = store::image_into_store(context_.environment.store, {}, {});
}

bool RemoteCaches::bring(const Digest& key) {
  if (context_.options.cache_from.empty()) return false;
  const std::lock_guard lock(mutex_);
  load();
  for (Place& place : places_) {
    const auto step = std::ranges::find_if(place.steps, [&](const CachedStep& candidate) {
      return std::ranges::find(candidate.keys, key) != candidate.keys.end();
    });
    if (step == place.steps.end()) continue;
    try {
      bring(place, *step);
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
      context_.observer.warning("a step in the build cache of " + place.storage->name() +
                                " cannot be used: " + error.what());
    }
  }
  return false;
}

void RemoteCaches::bring(Place& place, const CachedStep& step) {
  if (step.diff_id) {
    if (!step.layer || *step.layer >= place.manifest.layers.size()) {
      throw Error(ErrorCode::kDataLoss, "it names a layer that is not there");
    }
    const Descriptor& blob = place.manifest.layers[*step.layer];
    const auto open = [&](std::uint64_t offset_bytes) {
      return place.storage->open_blob(blob, offset_bytes, context_.stop);
    };
    if (!sink_->has_layer(blob, *step.diff_id)) {
      static_cast<void>(sink_->put_layer(
          blob, *step.diff_id, open, [](std::uint64_t) {}, context_.stop));
    }
  }
  for (const Digest& key : step.keys) {
    context_.environment.store.build_cache().put(key, {step.diff_id, step.created},
                                                 step.description);
  }
}

}  // namespace estiba::build
