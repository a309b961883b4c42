// Manifests and indexes, in OCI and Docker schema 2 forms: a parsed view over bytes that are kept
// exactly, since their digest is their name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.h"

namespace estiba {

// Manifests larger than this are refused everywhere (OCI distribution specification, "Pushing
// Manifests": registries should accept 4 MiB).
inline constexpr std::size_t kMaxManifestBytes = 4u << 20;

struct Manifest {
  MediaType media_type{};
  Descriptor config;
  std::vector<Descriptor> layers{};  // lowest first
  std::string artifact_type{};
  std::optional<Descriptor> subject{};
  std::map<std::string, std::string> annotations{};

  // Throws kInvalidArgument: not JSON, too large, wrong schema version (schema 1 is named as
  // such), a missing or malformed field. `media_type` is what the transport said and is checked
  // against the document's own; empty when unknown.
  static Manifest parse(std::string_view bytes, std::string_view media_type = {});
  // Deterministic: sorted keys of annotations, no white space.
  [[nodiscard]] std::string serialize() const;
};

struct Index {
  MediaType media_type{};
  std::vector<Descriptor> manifests{};
  std::string artifact_type{};
  std::optional<Descriptor> subject{};
  std::map<std::string, std::string> annotations{};

  static Index parse(std::string_view bytes, std::string_view media_type = {});
  [[nodiscard]] std::string serialize() const;
  // The entry to use on `wanted`: the first that it accepts, exact variant preferred; attestation
  // entries ("unknown/unknown") never match. Null when none does.
  [[nodiscard]] const Descriptor* find(const Platform& wanted) const;
};

// The media type that a manifest's bytes declare, or the one their fields imply when they declare
// none; throws kInvalidArgument for anything that is neither a manifest nor an index.
[[nodiscard]] MediaType detect_manifest_media_type(std::string_view bytes);

}  // namespace estiba
