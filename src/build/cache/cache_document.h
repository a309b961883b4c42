// What a cache that travels tells of its steps: the config of its manifest, or a field of an
// image's config (type=inline).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"

namespace estiba::build {

struct CachedStep {
  std::vector<Digest> keys;
  std::optional<Digest> diff_id;     // of its layer
  std::optional<std::size_t> layer;  // that layer's place in the manifest
  Timestamp created;
  std::string description;
};

[[nodiscard]] std::string serialize_cached_steps(const std::vector<CachedStep>& steps);
// Takes the document itself, or an image's config that holds one; a config without gives none.
// Throws kInvalidArgument for anything else.
[[nodiscard]] std::vector<CachedStep> parse_cached_steps(std::string_view bytes);

inline constexpr std::string_view kCacheConfigMediaType =
    "application/vnd.estiba.buildcache.config.v1+json";

}  // namespace estiba::build
