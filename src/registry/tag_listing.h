// Tags with what they mean, as lists of them show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct TagSummary {
  std::string name;
  std::string digest;
  std::string media_type;
  std::string artifact_type;
  std::int64_t size_bytes = 0;  // of the blobs of the image, or of all images of the index
  Timestamp moved_at;
  std::string moved_by;  // account name, '' for nobody
  bool immutable = false;
  std::int64_t pulls = 0;
  std::optional<Timestamp> pulled_at;  // last
};

// Names after `last`, in order, up to `count`.
[[nodiscard]] std::vector<TagSummary> list_tag_summaries(sql::ConnectionPool& metadata,
                                                         std::int64_t repository,
                                                         const std::string& last,
                                                         std::size_t count);
[[nodiscard]] std::optional<TagSummary> summarize_tag(sql::ConnectionPool& metadata,
                                                      std::int64_t repository,
                                                      const std::string& tag);

}  // namespace estiba::registry
