#include "registry/candidate_review.h"

#include "base/time.h"
#include "registry/trash.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

bool is_referred_to(sql::Connection& connection, const Candidate& candidate) {
  sql::Statement row = connection.query(
      "SELECT 1 FROM manifest_references WHERE repository_id = $1 AND target = $2 "
      "UNION ALL SELECT 1 FROM deleted_references WHERE repository_id = $1 AND target = $2 LIMIT 1",
      candidate.repository, candidate.digest);
  return row.step();
}

bool is_tagged(sql::Connection& connection, const Candidate& candidate) {
  sql::Statement row = connection.query(
      "SELECT 1 FROM tags WHERE repository_id = $1 AND digest = $2 AND ended_at IS NULL",
      candidate.repository, candidate.digest);
  return row.step();
}

// Signatures and the like live as long as what they speak of.
bool has_living_subject(sql::Connection& connection, const Candidate& candidate) {
  sql::Statement row = connection.query(
      "SELECT 1 FROM manifests m WHERE m.repository_id = $1 AND m.digest = $2 AND ("
      "EXISTS (SELECT 1 FROM manifests s WHERE s.repository_id = m.repository_id "
      "AND s.digest = m.subject) OR EXISTS (SELECT 1 FROM deleted_manifests d "
      "WHERE d.repository_id = m.repository_id AND d.digest = m.subject))",
      candidate.repository, candidate.digest);
  return row.step();
}

// The end of the last interval in which a tag meant it; 0 when none ever did.
std::int64_t last_tagged_at(sql::Connection& connection, const Candidate& candidate) {
  sql::Statement row =
      connection.query("SELECT max(ended_at) FROM tags WHERE repository_id = $1 AND digest = $2",
                       candidate.repository, candidate.digest);
  return row.step() ? row.optional_integer(0).value_or(0) : 0;
}

bool review_blob(sql::Connection& connection, const Candidate& candidate) {
  if (is_referred_to(connection, candidate)) return false;
  const bool removed =
      connection.execute("DELETE FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
                         candidate.repository, candidate.digest) > 0;
  doom_unlinked_blob(connection, candidate.digest);
  return removed;
}

bool review_manifest(sql::Connection& connection, const Candidate& candidate) {
  {
    sql::Statement row =
        connection.query("SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2",
                         candidate.repository, candidate.digest);
    if (!row.step()) return false;
  }
  if (is_tagged(connection, candidate) || is_referred_to(connection, candidate) ||
      has_living_subject(connection, candidate)) {
    return false;
  }
  purge_manifest(connection, candidate.repository, candidate.digest);
  return true;
}

}  // namespace

bool review_candidate(sql::Connection& connection, const Candidate& candidate,
                      std::chrono::seconds undelete_window) {
  if (candidate.kind == CandidateKind::kManifest && !is_tagged(connection, candidate)) {
    const std::int64_t held_until = last_tagged_at(connection, candidate) + undelete_window.count();
    if (held_until > unix_seconds(now())) {
      connection.execute(
          "UPDATE collection_queue SET held_until = $1 "
          "WHERE repository_id = $2 AND kind = 'manifest' AND digest = $3",
          held_until, candidate.repository, candidate.digest);
      return false;
    }
  }
  forget_candidate(connection, candidate.repository, candidate.kind, candidate.digest);
  return candidate.kind == CandidateKind::kBlob ? review_blob(connection, candidate)
                                                : review_manifest(connection, candidate);
}

}  // namespace estiba::registry
