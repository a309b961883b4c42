#include "registry/tag_listing.h"

#include "registry/name_pattern.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

// Of tags t; the size is of what the manifest, or an entry of the index, refers to.
constexpr std::string_view kTagColumns =
    "SELECT t.name, t.digest, m.media_type, m.artifact_type, "
    "(SELECT CAST(coalesce(sum(b.size_bytes), 0) AS BIGINT) FROM blobs b WHERE b.digest IN ("
    "SELECT f.target FROM manifest_references f WHERE f.repository_id = t.repository_id "
    "AND f.kind = 'blob' AND (f.manifest = t.digest OR f.manifest IN ("
    "SELECT e.target FROM manifest_references e WHERE e.repository_id = t.repository_id "
    "AND e.manifest = t.digest AND e.kind = 'manifest')))), "
    "t.started_at, t.started_by, r.immutable_tags, "
    "(SELECT CAST(coalesce(sum(p.pulls), 0) AS BIGINT) FROM pull_counts p "
    "WHERE p.repository_id = t.repository_id AND p.tag = t.name), "
    "(SELECT max(p.last_at) FROM pull_counts p "
    "WHERE p.repository_id = t.repository_id AND p.tag = t.name) "
    "FROM tags t JOIN repositories r ON r.id = t.repository_id "
    "JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest "
    "WHERE t.repository_id = $1 AND t.ended_at IS NULL ";

TagSummary read_tag(const sql::Statement& row) {
  TagSummary tag{row.text(0),    row.text(1),
                 row.text(2),    row.text(3),
                 row.integer(4), from_unix_seconds(row.integer(5)),
                 row.text(6),    matches_any_pattern(row.text(0), row.text(7)),
                 row.integer(8), std::nullopt};
  if (const auto last = row.optional_integer(9)) tag.pulled_at = from_unix_seconds(*last);
  return tag;
}

}  // namespace

std::vector<TagSummary> list_tag_summaries(sql::ConnectionPool& metadata, std::int64_t repository,
                                           const std::string& last, std::size_t count) {
  const auto reader = metadata.reader();
  sql::Statement rows =
      reader->query(std::string(kTagColumns) + "AND t.name > $2 ORDER BY t.name LIMIT $3",
                    repository, last, static_cast<std::int64_t>(count));
  std::vector<TagSummary> found;
  for (const sql::Statement& row : rows) found.push_back(read_tag(row));
  return found;
}

std::optional<TagSummary> summarize_tag(sql::ConnectionPool& metadata, std::int64_t repository,
                                        const std::string& tag) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query(std::string(kTagColumns) + "AND t.name = $2", repository, tag);
  if (!row.step()) return std::nullopt;
  return read_tag(row);
}

}  // namespace estiba::registry
