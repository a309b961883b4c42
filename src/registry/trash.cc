#include "registry/trash.h"

#include "base/error.h"
#include "registry/collection_queue.h"
#include "registry/tags.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::vector<std::string> texts(sql::Statement rows) {
  std::vector<std::string> found;
  for (const sql::Statement& row : rows) found.push_back(row.text(0));
  return found;
}

void end_tags_of(sql::Connection& connection, std::int64_t repository, const std::string& digest,
                 const std::string& account) {
  for (const std::string& tag : texts(connection.query(
           "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 AND ended_at IS NULL",
           repository, digest))) {
    refuse_immutable(connection, repository, tag);
  }
  connection.execute(
      "UPDATE tags SET ended_at = $1, ended_by = $2 "
      "WHERE repository_id = $3 AND digest = $4 AND ended_at IS NULL",
      unix_seconds(now()), account, repository, digest);
}

void restore_entries(sql::Connection& connection, std::int64_t repository,
                     const std::string& digest) {
  for (const std::string& entry :
       texts(connection.query("SELECT target FROM manifest_references "
                              "WHERE repository_id = $1 AND manifest = $2 AND kind = 'manifest'",
                              repository, digest))) {
    (void)restore_manifest(connection, repository, entry);
  }
}

void refuse_incomplete(sql::Connection& connection, std::int64_t repository,
                       const std::string& digest) {
  sql::Statement missing = connection.query(
      "SELECT r.target FROM manifest_references r WHERE r.repository_id = $1 AND r.manifest = $2 "
      "AND r.kind = 'manifest' AND NOT EXISTS (SELECT 1 FROM manifests m "
      "WHERE m.repository_id = r.repository_id AND m.digest = r.target)",
      repository, digest);
  if (!missing.step()) return;
  throw Error(ErrorCode::kConflict,
              "the manifest " + digest + " needs " + missing.text(0) + ", which is gone for good");
}

}  // namespace

bool trash_manifest(sql::Connection& connection, std::int64_t repository, const std::string& digest,
                    const std::string& account) {
  const std::int64_t moved = connection.execute(
      "INSERT INTO deleted_manifests (repository_id, digest, media_type, bytes, artifact_type, "
      "annotations, subject, created_at, deleted_at, deleted_by) "
      "SELECT repository_id, digest, media_type, bytes, artifact_type, annotations, subject, "
      "created_at, CAST($1 AS BIGINT), CAST($2 AS TEXT) FROM manifests "
      "WHERE repository_id = $3 AND digest = $4",
      unix_seconds(now()), account, repository, digest);
  if (moved == 0) return false;
  connection.execute(
      "INSERT INTO deleted_references (repository_id, manifest, target, kind) "
      "SELECT repository_id, manifest, target, kind FROM manifest_references "
      "WHERE repository_id = $1 AND manifest = $2",
      repository, digest);
  end_tags_of(connection, repository, digest, account);
  connection.execute("DELETE FROM manifests WHERE repository_id = $1 AND digest = $2", repository,
                     digest);
  return true;
}

bool restore_manifest(sql::Connection& connection, std::int64_t repository,
                      const std::string& digest) {
  const std::int64_t restored = connection.execute(
      "INSERT INTO manifests (repository_id, digest, media_type, bytes, artifact_type, "
      "annotations, subject, created_at) "
      "SELECT repository_id, digest, media_type, bytes, artifact_type, annotations, subject, "
      "created_at FROM deleted_manifests WHERE repository_id = $1 AND digest = $2",
      repository, digest);
  if (restored == 0) return false;
  connection.execute(
      "INSERT INTO manifest_references (repository_id, manifest, target, kind) "
      "SELECT repository_id, manifest, target, kind FROM deleted_references "
      "WHERE repository_id = $1 AND manifest = $2",
      repository, digest);
  connection.execute("DELETE FROM deleted_manifests WHERE repository_id = $1 AND digest = $2",
                     repository, digest);
  restore_entries(connection, repository, digest);
  refuse_incomplete(connection, repository, digest);
  return true;
}

void purge_manifest(sql::Connection& connection, std::int64_t repository,
                    const std::string& digest) {
  connection.execute(
      "INSERT INTO collection_queue (repository_id, kind, digest, queued_at) "
      "SELECT repository_id, kind, target, CAST($1 AS BIGINT) FROM deleted_references "
      "WHERE repository_id = $2 AND manifest = $3 "
      "UNION SELECT repository_id, kind, target, CAST($1 AS BIGINT) FROM manifest_references "
      "WHERE repository_id = $2 AND manifest = $3 "
      "UNION SELECT repository_id, 'manifest', digest, CAST($1 AS BIGINT) FROM manifests "
      "WHERE repository_id = $2 AND subject = $3 "
      "ON CONFLICT (repository_id, kind, digest) DO UPDATE SET queued_at = excluded.queued_at",
      unix_seconds(now()), repository, digest);
  connection.execute("DELETE FROM deleted_manifests WHERE repository_id = $1 AND digest = $2",
                     repository, digest);
  connection.execute("DELETE FROM manifests WHERE repository_id = $1 AND digest = $2", repository,
                     digest);
}

std::vector<DeletedManifest> list_trash(sql::Connection& connection, std::int64_t repository) {
  sql::Statement rows = connection.query(
      "SELECT digest, media_type, deleted_at, deleted_by FROM deleted_manifests "
      "WHERE repository_id = $1 ORDER BY deleted_at DESC, digest",
      repository);
  std::vector<DeletedManifest> found;
  for (const sql::Statement& row : rows) {
    found.push_back({row.text(0), row.text(1), from_unix_seconds(row.integer(2)), row.text(3)});
  }
  return found;
}

}  // namespace estiba::registry
