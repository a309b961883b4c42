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

std::optional<RemoteCaches::Found> RemoteCaches::look_up(const Digest& key) const {
  for (const Place& place : places_) {
    const auto step = std::ranges::find_if(place.steps, [&](const CachedStep& candidate) {
      return std::ranges::find(candidate.keys, key) != candidate.keys.end();
    });
    if (step == place.steps.end()) continue;
    if (!step->diff_id || (step->layer && *step->layer < place.manifest.layers.size())) {
      return Found{&place, &*step};
    }
    context_.observer.warning("a step in the build cache of " + place.storage->name() +
                              " cannot be used: it names a layer that is not there");
  }
  return std::nullopt;
}

bool RemoteCaches::is_here(const Found& found) {
  if (!found.step->diff_id) return true;
  return sink_->has_layer(found.place->manifest.layers[*found.step->layer], *found.step->diff_id);
}

void RemoteCaches::remember(const CachedStep& step) {
  for (const Digest& key : step.keys) {
    context_.environment.store.build_cache().put(key, {step.diff_id, step.created},
                                                 step.description);
  }
}

std::optional<store::CacheRecord> RemoteCaches::find(const Digest& key) {
  if (context_.options.cache_from.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  load();
  const std::optional<Found> found = look_up(key);
  if (!found) return std::nullopt;
  if (is_here(*found)) {
    remember(*found->step);
  } else {
    promised_.emplace(*found->step->diff_id, *found);
  }
  return store::CacheRecord{found->step->diff_id, found->step->created};
}

void RemoteCaches::fetch(const Digest& diff_id) {
  const std::lock_guard lock(mutex_);
  const auto promised = promised_.find(diff_id);
  if (promised == promised_.end()) return;
  try {
    fetch(promised->second);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    throw CacheLayerLost(error.code(), "a layer in the build cache of " +
                                           promised->second.place->storage->name() +
                                           " cannot be used: " + error.what());
  }
  promised_.erase(promised);
}

void RemoteCaches::fetch(const Found& found) {
  const Descriptor& blob = found.place->manifest.layers[*found.step->layer];
  const auto open = [&](std::uint64_t offset_bytes) {
    return found.place->storage->open_blob(blob, offset_bytes, context_.stop);
  };
  if (!is_here(found)) {
    static_cast<void>(sink_->put_layer(
        blob, *found.step->diff_id, open, [](std::uint64_t) {}, context_.stop));
  }
  remember(*found.step);
}

}  // namespace estiba::build
