// Descriptors in documents, for .cc files only: it includes the JSON library.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "oci/descriptor.h"
#include "oci/json_document.h"

namespace estiba {

[[nodiscard]] Descriptor parse_descriptor(const JsonField& field);
[[nodiscard]] std::vector<Descriptor> parse_descriptors(const JsonField& list);
[[nodiscard]] nlohmann::ordered_json descriptor_json(const Descriptor& descriptor);

// What manifests and indexes have in common.
struct DocumentParts {
  MediaType media_type;
  std::string artifact_type;
  std::optional<Descriptor> subject;
  std::map<std::string, std::string> annotations;
};
[[nodiscard]] DocumentParts parse_document_parts(const JsonField& document,
                                                 std::string_view transport_type);

// The type a document declares or its fields imply; refuses schema 1, what is neither a manifest
// nor an index, and what claims to be both (CVE-2021-41190).
[[nodiscard]] MediaType declared_media_type(const JsonField& document);

}  // namespace estiba
