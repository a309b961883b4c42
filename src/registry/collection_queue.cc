#include "registry/collection_queue.h"

#include "base/time.h"
#include "sql/connection.h"

namespace estiba::registry {

std::string_view candidate_kind_name(CandidateKind kind) {
  return kind == CandidateKind::kBlob ? "blob" : "manifest";
}

void queue_candidate(sql::Connection& connection, std::int64_t repository, CandidateKind kind,
                     const std::string& digest) {
  connection.execute(
      "INSERT INTO collection_queue (repository_id, kind, digest, queued_at) "
      "VALUES ($1, $2, $3, $4) ON CONFLICT (repository_id, kind, digest) "
      "DO UPDATE SET queued_at = excluded.queued_at, held_until = 0",
      repository, candidate_kind_name(kind), digest, unix_seconds(now()));
}

void queue_tag_target(sql::Connection& connection, std::int64_t repository,
                      const std::string& tag) {
  connection.execute(
      "INSERT INTO collection_queue (repository_id, kind, digest, queued_at) "
      "SELECT repository_id, 'manifest', digest, CAST($1 AS BIGINT) FROM tags "
      "WHERE repository_id = $2 AND name = $3 AND ended_at IS NULL "
      "ON CONFLICT (repository_id, kind, digest) "
      "DO UPDATE SET queued_at = excluded.queued_at, held_until = 0",
      unix_seconds(now()), repository, tag);
}

bool renew_candidate(sql::Connection& connection, std::int64_t repository, CandidateKind kind,
                     const std::string& digest) {
  return connection.execute(
             "UPDATE collection_queue SET queued_at = $1 "
             "WHERE repository_id = $2 AND kind = $3 AND digest = $4",
             unix_seconds(now()), repository, candidate_kind_name(kind), digest) > 0;
}

void forget_candidate(sql::Connection& connection, std::int64_t repository, CandidateKind kind,
                      const std::string& digest) {
  connection.execute(
      "DELETE FROM collection_queue WHERE repository_id = $1 AND kind = $2 AND digest = $3",
      repository, candidate_kind_name(kind), digest);
}

void doom_file(sql::Connection& connection, const std::string& storage_key) {
  connection.execute(
      "INSERT INTO doomed_files (storage_key, doomed_at) VALUES ($1, $2) "
      "ON CONFLICT (storage_key) DO NOTHING",
      storage_key, unix_seconds(now()));
}

void doom_unlinked_blob(sql::Connection& connection, const std::string& digest) {
  sql::Statement other =
      connection.query("SELECT 1 FROM repository_blobs WHERE digest = $1 LIMIT 1", digest);
  if (other.step()) return;
  std::string key;
  {
    sql::Statement row =
        connection.query("SELECT storage_key FROM blobs WHERE digest = $1", digest);
    if (!row.step()) return;
    key = row.text(0);
  }
  doom_file(connection, key);
  connection.execute("DELETE FROM blobs WHERE digest = $1", digest);
}

}  // namespace estiba::registry
