#include "registry/manifest_document.h"

#include "base/error.h"
#include "base/text.h"
#include "oci/descriptor_json.h"
#include "oci/manifest.h"

namespace estiba::registry {
namespace {

bool holds_manifest(const Descriptor& entry) {
  return is_manifest_media_type(entry.media_type) || is_index_media_type(entry.media_type) ||
         entry.media_type == kOciArtifactManifest;
}

// Layers with addresses of their own, and those whose type says that they must not be copied.
bool is_fetched_elsewhere(const Descriptor& layer) {
  return !layer.urls.empty() || layer.media_type.find("nondistributable") != std::string::npos ||
         layer.media_type.find(".foreign.") != std::string::npos;
}

ManifestDocument read_image(std::string_view bytes, std::string_view type) {
  Manifest parsed = Manifest::parse(bytes, type);
  ManifestDocument document{parsed.media_type, parsed.artifact_type, parsed.annotations, {}, {}};
  // An artifact without a type of its own is of its config's (distribution specification, "Listing
  // Referrers").
  if (document.artifact_type.empty()) document.artifact_type = parsed.config.media_type;
  if (parsed.subject) document.subject = parsed.subject->digest;
  document.references.push_back({parsed.config.digest, false, true, parsed.config.size_bytes});
  for (const Descriptor& layer : parsed.layers) {
    document.references.push_back(
        {layer.digest, false, !is_fetched_elsewhere(layer), layer.size_bytes});
  }
  return document;
}

ManifestDocument read_index(std::string_view bytes, std::string_view type) {
  Index parsed = Index::parse(bytes, type);
  ManifestDocument document{parsed.media_type, parsed.artifact_type, parsed.annotations, {}, {}};
  if (parsed.subject) document.subject = parsed.subject->digest;
  for (const Descriptor& entry : parsed.manifests) {
    document.references.push_back({entry.digest, holds_manifest(entry), true, entry.size_bytes});
  }
  return document;
}

ManifestDocument read_artifact(const JsonField& json) {
  ManifestDocument document{MediaType(kOciArtifactManifest),
                            json["artifactType"].string(),
                            json["annotations"].string_map(),
                            {},
                            {}};
  const JsonField subject = json["subject"];
  if (subject.present()) document.subject = parse_descriptor(subject).digest;
  for (const Descriptor& blob : parse_descriptors(json["blobs"])) {
    document.references.push_back(
        {blob.digest, false, !is_fetched_elsewhere(blob), blob.size_bytes});
  }
  return document;
}

}  // namespace

ManifestDocument read_manifest_document(std::string_view bytes, std::string_view transport_type) {
  const nlohmann::json parsed = parse_json(bytes, kMaxManifestBytes, "manifest");
  const JsonField json(parsed, "manifest");
  if (json["mediaType"].string() == kOciArtifactManifest) {
    if (!transport_type.empty() && transport_type != kOciArtifactManifest) {
      json.fail("was sent as another type than it says");
    }
    return read_artifact(json);
  }
  return is_index_media_type(declared_media_type(json)) ? read_index(bytes, transport_type)
                                                        : read_image(bytes, transport_type);
}

std::vector<Descriptor> read_index_entries(std::string_view bytes) {
  try {
    return Index::parse(bytes).manifests;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return {};
  }
}

}  // namespace estiba::registry
