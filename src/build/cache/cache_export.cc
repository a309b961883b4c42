#include "build/cache/cache_export.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "oci/manifest.h"
#include "store/blob_store.h"
#include "store/layer_store.h"

namespace estiba::build {
namespace {

// Gives each layer its place; the diff IDs in that order.
std::vector<Digest> place_layers(std::vector<CachedStep>& steps) {
  std::map<Digest, std::size_t> places;
  std::vector<Digest> order;
  for (CachedStep& step : steps) {
    if (!step.diff_id) continue;
    const auto [place, is_new] = places.emplace(*step.diff_id, order.size());
    if (is_new) order.push_back(*step.diff_id);
    step.layer = place->second;
  }
  return order;
}

Descriptor write_cache_layer(const StepContext& context, const Digest& diff_id, CacheStorage& to) {
  store::Store& store = context.environment.store;
  Descriptor blob = store.layers().ensure_blob(
      diff_id, {}, [](std::uint64_t) {}, context.stop);
  blob.media_type = oci_layer_media_type(layer_compression(blob.media_type));
  blob.urls.clear();
  blob.annotations.clear();
  to.write_blob(
      blob,
      [&](std::uint64_t offset_bytes) {
        UniqueFd file = store.blobs().open(blob.digest);
        if (::lseek(file.get(), static_cast<off_t>(offset_bytes), SEEK_SET) < 0) {
          throw_errno("read a cached layer");
        }
        return std::make_unique<FdSource>(std::move(file), "a cached layer");
      },
      context.stop);
  return blob;
}

}  // namespace

void export_cache(const StepContext& context, std::vector<CachedStep> steps, CacheStorage& to) {
  with_context([&] { return "writing the build cache to " + to.name(); },
               [&] {
                 std::vector<Descriptor> layers;
                 for (const Digest& diff_id : place_layers(steps)) {
                   layers.push_back(write_cache_layer(context, diff_id, to));
                 }
                 const std::string config = serialize_cached_steps(steps);
                 const Manifest manifest{
                     .media_type = std::string(media_types::kOciManifest),
                     .config = {.media_type = std::string(kCacheConfigMediaType),
                                .digest = Digest::of(config),
                                .size_bytes = config.size()},
                     .layers = std::move(layers)};
                 to.write_blob(
                     manifest.config,
                     [&](std::uint64_t offset_bytes) {
                       return std::make_unique<StringSource>(config.substr(offset_bytes));
                     },
                     context.stop);
                 to.write_manifest(manifest.serialize(), context.stop);
               });
}

std::string inline_cache(std::vector<CachedStep> steps, const std::vector<Digest>& diff_ids) {
  for (CachedStep& step : steps) {
    if (!step.diff_id) continue;
    const auto place = std::ranges::find(diff_ids, *step.diff_id);
    step.layer = static_cast<std::size_t>(place - diff_ids.begin());
  }
  return serialize_cached_steps(steps);
}

}  // namespace estiba::build
