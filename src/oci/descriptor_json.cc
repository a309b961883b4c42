#include "oci/descriptor_json.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"

namespace estiba {
namespace {

using OrderedJson = nlohmann::ordered_json;

Digest parse_digest(const JsonField& field) {
  const std::string text = field.required().string();
  std::optional<Digest> digest = Digest::try_parse(text);
  if (!digest) field.fail(fmt::format("is not a sha256 or sha512 digest (\"{}\")", text));
  return *std::move(digest);
}

std::optional<Platform> parse_platform(const JsonField& field) {
  if (!field.present()) return std::nullopt;
  Platform platform;
  platform.os = field["os"].string();
  platform.architecture = field["architecture"].string();
  platform.variant = field["variant"].string();
  platform.os_version = field["os.version"].string();
  return platform;
}

OrderedJson platform_json(const Platform& platform) {
  OrderedJson json;
  json["architecture"] = platform.architecture;
  json["os"] = platform.os;
  if (!platform.os_version.empty()) json["os.version"] = platform.os_version;
  if (!platform.variant.empty()) json["variant"] = platform.variant;
  return json;
}

// "application/json; charset=utf-8" without its parameters.
std::string without_parameters(std::string_view media_type) {
  return std::string(trim(media_type.substr(0, media_type.find(';'))));
}

// Empty when neither kind of field is there.
std::string_view implied_media_type(const JsonField& document) {
  if (document["manifests"].present()) return media_types::kOciIndex;
  if (document["config"].present() || document["layers"].present()) {
    return media_types::kOciManifest;
  }
  return {};
}

}  // namespace

Descriptor parse_descriptor(const JsonField& field) {
  Descriptor descriptor{
      .media_type = field["mediaType"].required().string(),
      .digest = parse_digest(field["digest"]),
      .size_bytes = field["size"].required().size(),
      .urls = field["urls"].strings(),
      .annotations = field["annotations"].string_map(),
      .artifact_type = field["artifactType"].string(),
      .platform = parse_platform(field["platform"]),
  };
  if (descriptor.media_type.empty()) field["mediaType"].fail("is empty");
  return descriptor;
}

std::vector<Descriptor> parse_descriptors(const JsonField& list) {
  std::vector<Descriptor> result;
  for (const JsonField& element : list.elements()) {
    result.push_back(parse_descriptor(element.required()));
  }
  return result;
}

OrderedJson descriptor_json(const Descriptor& descriptor) {
  OrderedJson json;
  json["mediaType"] = descriptor.media_type;
  json["digest"] = descriptor.digest.to_string();
  json["size"] = descriptor.size_bytes;
  if (!descriptor.urls.empty()) json["urls"] = descriptor.urls;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  if (descriptor.platform) json["platform"] = platform_json(*descriptor.platform);
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  return json;
}

MediaType declared_media_type(const JsonField& document) {
  const std::optional<std::int64_t> version = document["schemaVersion"].integer();
  if (version == 1) {
    document["schemaVersion"].fail(
        "is 1: this old form of manifest is no longer supported; push the image again with a "
        "current tool");
  }
  if (version != 2) document["schemaVersion"].fail("must be 2");
  if (document["manifests"].present() &&
      (document["config"].present() || document["layers"].present())) {
    document.fail("is a manifest and an index at once");
  }
  const std::string_view implied = implied_media_type(document);
  const std::string declared = document["mediaType"].string();
  if (declared.empty()) {
    if (implied.empty()) document.fail("is neither an image manifest nor an index");
    return MediaType(implied);
  }
  if (!is_manifest_media_type(declared) && !is_index_media_type(declared)) {
    document["mediaType"].fail(
        fmt::format("is \"{}\", which is neither an image manifest nor an index",
                    std::string_view(declared).substr(0, 128)));
  }
  if (!implied.empty() && is_index_media_type(implied) != is_index_media_type(declared)) {
    document.fail(fmt::format("says it is {} but has the fields of {}", declared, implied));
  }
  return declared;
}

DocumentParts parse_document_parts(const JsonField& document, std::string_view transport_type) {
  MediaType media_type = declared_media_type(document);
  const std::string transported = without_parameters(transport_type);
  if (!transported.empty() && transported != media_type) {
    // A document that declares nothing is what the transport says, if its fields allow it.
    const bool may_be = !document["mediaType"].present() &&
                        (is_index_media_type(media_type) ? is_index_media_type(transported)
                                                         : is_manifest_media_type(transported));
    if (!may_be) {
      document.fail(fmt::format("was sent as \"{}\" but is {}",
                                std::string_view(transported).substr(0, 128), media_type));
    }
    media_type = transported;
  }
  const JsonField subject = document["subject"];
  return {.media_type = std::move(media_type),
          .artifact_type = document["artifactType"].string(),
          .subject = subject.present() ? std::optional(parse_descriptor(subject)) : std::nullopt,
          .annotations = document["annotations"].string_map()};
}

}  // namespace estiba
