// Which image is looked into, and what its layers hold.
#include "base/error.h"
#include "registry/layer_listings.h"
#include "registry/limits.h"
#include "registry/web/image_json.h"

namespace estiba::registry::web {
namespace {

std::string entry_for_this_platform(const StoredManifest& index) {
  const Index parsed = Index::parse(index.bytes, index.media_type);
  if (parsed.manifests.empty()) throw Problem(400, "invalid", "the index has no images");
  const Descriptor* found = parsed.find(Platform::host());
  return (found != nullptr ? *found : parsed.manifests.front()).digest.to_string();
}

}  // namespace

void throw_layer_problem(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNotFound:
      throw Problem(404, "not-found", error.message());
    case ErrorCode::kInvalidArgument:
      throw Problem(422, "invalid", error.message());
    case ErrorCode::kUnavailable:
      throw Problem(429, "too-many-requests", error.message());
    case ErrorCode::kCancelled:  // which nobody will read
      throw Problem(408, "unavailable", error.message());
    default:
      throw error;
  }
}

ChosenImage choose_image(ApiCall& call, const RepositoryView& repository,
                         const std::string& reference) {
  StoredManifest stored = find_manifest(call, repository, reference);
  ManifestView view = view_manifest(call, repository, stored);
  if (view.kind == ManifestKind::kIndex) {
    stored = find_manifest(call, repository, entry_for_this_platform(stored));
    view = view_manifest(call, repository, stored);
  }
  if (view.kind == ManifestKind::kIndex) {
    throw Problem(400, "invalid", "an index within an index has no files of its own");
  }
  if (view.layers.size() > kMaxStackedLayers) {
    throw Problem(413, "too-large",
                  "the image has more than " + std::to_string(kMaxStackedLayers) + " layers");
  }
  return {std::move(stored), std::move(view)};
}

std::vector<std::shared_ptr<const archive::LayerListing>> list_layers(
    ApiCall& call, const RepositoryView& repository, const std::vector<Descriptor>& layers) {
  std::vector<Digest> digests;
  for (const Descriptor& layer : layers) digests.push_back(layer.digest);
  return with_layer_problems([&] {
    return call.services.listings.get(*repository.id, digests,
                                      [&] { return call.request.is_abandoned(); });
  });
}

}  // namespace estiba::registry::web
