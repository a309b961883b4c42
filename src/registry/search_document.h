// What is searched of one repository.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "registry/blobs.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct SearchDocument {
  std::string name;
  std::string description;
  std::string tags;
  std::string labels;       // "key value" lines of the newest tags' images
  std::string annotations;  // the same of their manifests
};

// Nothing when the repository is gone. Reads the configs of a few images; one that is damaged or no
// image has no labels.
[[nodiscard]] std::optional<SearchDocument> read_search_document(sql::ConnectionPool& metadata,
                                                                 Blobs& blobs,
                                                                 std::int64_t repository);

}  // namespace estiba::registry
