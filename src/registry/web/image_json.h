// Images, indexes and artifacts as documents; for .cc files only: it includes the JSON library.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/listing/layer_listing.h"
#include "oci/image_config.h"
#include "registry/manifests.h"
#include "registry/web/api.h"

namespace estiba::registry::web {

// A manifest of the repository by what the path or the query calls it: a tag or a digest. 404 when
// the repository does not have it, whoever else may.
[[nodiscard]] StoredManifest find_manifest(ApiCall& call, const RepositoryView& repository,
                                           const std::string& reference);

enum class ManifestKind { kImage, kIndex, kArtifact };

// A manifest with what is known of its layers.
struct ManifestView {
  ManifestKind kind = ManifestKind::kArtifact;
  std::string artifact_type;
  std::map<std::string, std::string> annotations;
  std::optional<Digest> subject;
  std::optional<Descriptor> config_descriptor;
  std::optional<ImageConfig> config;  // of an image whose config is here and can be read
  std::vector<Descriptor> layers;     // of an artifact its blobs
  std::vector<Descriptor> manifests;  // of an index
};
[[nodiscard]] ManifestView view_manifest(ApiCall& call, const RepositoryView& repository,
                                         const StoredManifest& stored);

// The image that is looked into: the manifest itself, or of an index the one for this machine's
// platform, else its first. 400 for what has no layers.
struct ChosenImage {
  StoredManifest stored;
  ManifestView view;
};
[[nodiscard]] ChosenImage choose_image(ApiCall& call, const RepositoryView& repository,
                                       const std::string& reference);
// Its layers' listings, lowest first. Waits for those that nobody has looked into yet.
[[nodiscard]] std::vector<std::shared_ptr<const archive::LayerListing>> list_layers(
    ApiCall& call, const RepositoryView& repository, const std::vector<Descriptor>& layers);

// What reading layers refuses, as the problem that it is.
[[noreturn]] void throw_layer_problem(const Error& error);
template <typename Body>
auto with_layer_problems(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Problem&) {
    throw;
  } catch (const Error& error) {
    throw_layer_problem(error);
  }
}

// Of each history entry the index of the layer that it made, if it made one that is there.
[[nodiscard]] std::vector<std::optional<std::size_t>> history_layers(
    const std::vector<HistoryEntry>& history, std::size_t layer_count);

}  // namespace estiba::registry::web
