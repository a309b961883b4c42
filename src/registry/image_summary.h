// What a list shows of a manifest: how much a pull transfers, and for which platforms it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/platform.h"
#include "registry/blobs.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct ImageSummary {
  std::uint64_t size_bytes = 0;  // of an index those of all its entries that are here
  std::vector<Platform> platforms;
};

// Total on any bytes: what is no image has no platforms. Borrows no connection while it reads
// blobs.
[[nodiscard]] ImageSummary summarize_image(sql::ConnectionPool& metadata, Blobs& blobs,
                                           std::int64_t repository, const std::string& media_type,
                                           const std::string& bytes);
// The config that an image manifest names; nothing for artifacts and for what is not here.
[[nodiscard]] std::optional<ImageConfig> read_image_config(Blobs& blobs, std::int64_t repository,
                                                           const Manifest& manifest);

}  // namespace estiba::registry
