// What the registry reads in a manifest, whatever kind it is: images, indexes, artifacts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.h"

namespace estiba::registry {

// What a document needs from its repository.
struct ManifestReference {
  Digest digest;
  bool is_manifest = false;  // a blob otherwise
  bool required = true;      // layers that are fetched from elsewhere need not be here
  std::uint64_t size_bytes = 0;
};

struct ManifestDocument {
  MediaType media_type;
  std::string artifact_type;  // as the referrers list shows it
  std::map<std::string, std::string> annotations;
  std::optional<Digest> subject;
  std::vector<ManifestReference> references;
};

// Throws kInvalidArgument for what is no manifest, or another one than the transport's type says
// (empty when it said none). Entries of an index may be blobs: BuildKit keeps its cache so.
[[nodiscard]] ManifestDocument read_manifest_document(std::string_view bytes,
                                                      std::string_view transport_type);

// The entries of an index, as a client that knows no referrers API keeps them under a tag; nothing
// when the bytes are no index.
[[nodiscard]] std::vector<Descriptor> read_index_entries(std::string_view bytes);

// The predecessor of artifacts as image manifests, in which some tools still store signatures.
inline constexpr std::string_view kOciArtifactManifest =
    "application/vnd.oci.artifact.manifest.v1+json";

}  // namespace estiba::registry
