#include "oci/manifest.h"

#include "base/error.h"
#include "oci/descriptor_json.h"
#include "oci/json_document.h"

namespace estiba {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view kManifestName = "image manifest";
constexpr std::string_view kIndexName = "image index";

OrderedJson descriptors_json(const std::vector<Descriptor>& descriptors) {
  OrderedJson list = OrderedJson::array();
  for (const Descriptor& descriptor : descriptors) list.push_back(descriptor_json(descriptor));
  return list;
}

OrderedJson document_head(const MediaType& media_type, const std::string& artifact_type) {
  OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type;
  if (!artifact_type.empty()) json["artifactType"] = artifact_type;
  return json;
}

void add_tail(OrderedJson& json, const std::optional<Descriptor>& subject,
              const std::map<std::string, std::string>& annotations) {
  if (subject) json["subject"] = descriptor_json(*subject);
  if (!annotations.empty()) json["annotations"] = annotations;
}

// How well an entry fits: 0 not at all, then ever better up to the exact platform.
int fitness(const Descriptor& entry, const Platform& wanted) {
  constexpr int kWithoutPlatform = 1;
  constexpr int kAccepted = 2;
  constexpr int kExact = 3;
  if (!entry.platform) return entry.artifact_type.empty() ? kWithoutPlatform : 0;
  if (!wanted.accepts(*entry.platform)) return 0;
  // Only equals accept each other; an offer without variant is not exact when one is wanted.
  const bool exact = entry.platform->accepts(wanted) &&
                     (wanted.variant.empty() || !entry.platform->variant.empty());
  return exact ? kExact : kAccepted;
}

}  // namespace

Manifest Manifest::parse(std::string_view bytes, std::string_view media_type) {
  const nlohmann::json json = parse_json(bytes, kMaxManifestBytes, kManifestName);
  const JsonField document(json, std::string(kManifestName));
  DocumentParts parts = parse_document_parts(document, media_type);
  if (!is_manifest_media_type(parts.media_type)) document.fail("is an index, not one image");
  return {.media_type = std::move(parts.media_type),
          .config = parse_descriptor(document["config"].required()),
          .layers = parse_descriptors(document["layers"]),
          .artifact_type = std::move(parts.artifact_type),
          .subject = std::move(parts.subject),
          .annotations = std::move(parts.annotations)};
}

std::string Manifest::serialize() const {
  OrderedJson json = document_head(media_type, artifact_type);
  json["config"] = descriptor_json(config);
  json["layers"] = descriptors_json(layers);
  add_tail(json, subject, annotations);
  return dump_json(json);
}

Index Index::parse(std::string_view bytes, std::string_view media_type) {
  const nlohmann::json json = parse_json(bytes, kMaxManifestBytes, kIndexName);
  const JsonField document(json, std::string(kIndexName));
  DocumentParts parts = parse_document_parts(document, media_type);
  if (!is_index_media_type(parts.media_type)) document.fail("is one image, not an index");
  return {.media_type = std::move(parts.media_type),
          .manifests = parse_descriptors(document["manifests"]),
          .artifact_type = std::move(parts.artifact_type),
          .subject = std::move(parts.subject),
          .annotations = std::move(parts.annotations)};
}

std::string Index::serialize() const {
  OrderedJson json = document_head(media_type, artifact_type);
  json["manifests"] = descriptors_json(manifests);
  add_tail(json, subject, annotations);
  return dump_json(json);
}

const Descriptor* Index::find(const Platform& wanted) const {
  const Descriptor* best = nullptr;
  int best_fitness = 0;
  for (const Descriptor& entry : manifests) {
    const int entry_fitness = fitness(entry, wanted);
    if (entry_fitness > best_fitness) {
      best = &entry;
      best_fitness = entry_fitness;
    }
  }
  return best;
}

MediaType detect_manifest_media_type(std::string_view bytes) {
  const nlohmann::json json = parse_json(bytes, kMaxManifestBytes, kManifestName);
  return declared_media_type(JsonField(json, std::string(kManifestName)));
}

}  // namespace estiba
