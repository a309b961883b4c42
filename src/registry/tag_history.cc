#include "registry/tag_history.h"

#include "base/error.h"
#include "oci/digest.h"
#include "registry/trash.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::optional<std::string> digest_to_restore(sql::Connection& connection, std::int64_t repository,
                                             const TagRestore& restore) {
  if (!restore.digest.empty()) {
    sql::Statement row = connection.query(
        "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND digest = $3 LIMIT 1",
        repository, restore.tag, restore.digest);
    if (!row.step()) return std::nullopt;
    return row.text(0);
  }
  // "Before now" is before the last change: the interval that ended last.
  sql::Statement row =
      restore.at ? connection.query(
                       "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND "
                       "started_at <= $3 AND (ended_at IS NULL OR ended_at > $3) "
                       "ORDER BY id DESC LIMIT 1",
                       repository, restore.tag, unix_seconds(*restore.at))
                 : connection.query(
                       "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND "
                       "ended_at IS NOT NULL ORDER BY id DESC LIMIT 1",
                       repository, restore.tag);
  if (!row.step()) return std::nullopt;
  return row.text(0);
}

bool manifest_exists(sql::Connection& connection, std::int64_t repository,
                     const std::string& digest) {
  sql::Statement row = connection.query(
      "SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2", repository, digest);
  return row.step();
}

}  // namespace

std::vector<TagInterval> tag_history(sql::ConnectionPool& metadata, std::int64_t repository,
                                     const std::string& tag, std::size_t count) {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT t.name, t.digest, t.started_at, t.started_by, t.ended_at, t.ended_by, "
      "CASE WHEN EXISTS (SELECT 1 FROM manifests m WHERE m.repository_id = t.repository_id "
      "AND m.digest = t.digest) OR EXISTS (SELECT 1 FROM deleted_manifests d "
      "WHERE d.repository_id = t.repository_id AND d.digest = t.digest) THEN 1 ELSE 0 END "
      "FROM tags t WHERE t.repository_id = $1 AND ($2 = '' OR t.name = $2) "
      "ORDER BY t.id DESC LIMIT $3",
      repository, tag, static_cast<std::int64_t>(count));
  std::vector<TagInterval> intervals;
  for (const sql::Statement& row : rows) {
    TagInterval interval{row.text(0),   row.text(1),  from_unix_seconds(row.integer(2)),
                         row.text(3),   std::nullopt, row.optional_text(5).value_or(""),
                         row.boolean(6)};
    if (const auto ended = row.optional_integer(4)) interval.ended_at = from_unix_seconds(*ended);
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

std::string restore_tag(sql::ConnectionPool& metadata, std::int64_t repository,
                        const TagRestore& restore) {
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  const auto digest = digest_to_restore(*writer, repository, restore);
  if (!digest) {
    throw Error(ErrorCode::kNotFound, "the tag " + restore.tag + " was never there, or not then",
                "see its history for what it was");
  }
  if (!manifest_exists(*writer, repository, *digest) &&
      !restore_manifest(*writer, repository, *digest)) {
    throw Error(ErrorCode::kConflict, "the manifest " + *digest + ", which the tag " + restore.tag +
                                          " meant, is gone for good");
  }
  const Digest target = Digest::parse(*digest);
  const auto move = move_tag(*writer, repository, restore.tag, target, restore.account);
  if (move && restore.on_moved) restore.on_moved(*writer, *move, target);
  transaction.commit();
  return *digest;
}

}  // namespace estiba::registry
