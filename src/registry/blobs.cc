#include "registry/blobs.h"

#include "base/error.h"
#include "base/time.h"
#include "registry/collection_queue.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::optional<StoredBlob> find_blob(sql::Connection& connection, const std::string& digest) {
  sql::Statement row =
      connection.query("SELECT storage_key, size_bytes FROM blobs WHERE digest = $1", digest);
  if (!row.step()) return std::nullopt;
  return StoredBlob{row.text(0), static_cast<std::uint64_t>(row.integer(1))};
}

// Nothing refers to it yet: if nothing ever does, it is collected.
void link_blob(sql::Connection& connection, std::int64_t repository, const std::string& digest) {
  connection.execute(
      "INSERT INTO repository_blobs (repository_id, digest, created_at) VALUES ($1, $2, $3) "
      "ON CONFLICT (repository_id, digest) DO NOTHING",
      repository, digest, unix_seconds(now()));
  queue_candidate(connection, repository, CandidateKind::kBlob, digest);
}

}  // namespace

std::optional<StoredBlob> Blobs::find(std::int64_t repository, const Digest& digest) {
  const std::string text = digest.to_string();
  return found_.get(
      std::to_string(repository) + " " + text, [&] { return read(repository, text); },
      [](const auto&) { return true; });
}

std::optional<StoredBlob> Blobs::read(std::int64_t repository, const std::string& digest) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT b.storage_key, b.size_bytes, q.queued_at FROM repository_blobs l JOIN blobs b "
      "ON b.digest = l.digest LEFT JOIN collection_queue q ON q.repository_id = l.repository_id "
      "AND q.kind = 'blob' AND q.digest = l.digest "
      "WHERE l.repository_id = $1 AND l.digest = $2 AND b.damaged_at IS NULL",
      repository, digest);
  if (!row.step()) return std::nullopt;
  return StoredBlob{row.text(0), static_cast<std::uint64_t>(row.integer(1)),
                    row.optional_integer(2)};
}

void Blobs::renew_lease(std::int64_t repository, const Digest& digest, const StoredBlob& blob) {
  if (!blob.queued_at || unix_seconds(now()) - *blob.queued_at <= lease_age_.count()) return;
  commits_.run([&](sql::Connection& writer) {
    renew_candidate(writer, repository, CandidateKind::kBlob, digest.to_string());
  });
}

std::optional<Blobs::OpenBlob> Blobs::open(std::int64_t repository, const Digest& digest) {
  std::string missing;
  for (;;) {
    auto blob = find(repository, digest);
    if (!blob) return std::nullopt;
    renew_lease(repository, digest, *blob);
    try {
      return OpenBlob{storage_.open(blob->storage_key), blob->size_bytes};
    } catch (const Error& error) {
      // Once more when the row has another key by now; the same key again means that it is lost.
      if (error.code() != ErrorCode::kNotFound || blob->storage_key == missing) throw;
      missing = blob->storage_key;
    }
  }
}

void Blobs::add(std::int64_t repository, const Digest& digest, const StoredBlob& blob) {
  const std::string text = digest.to_string();
  commits_.run([&](sql::Connection& writer) {
    if (const auto replaced = find_blob(writer, text)) doom_file(writer, replaced->storage_key);
    writer.execute(
        "INSERT INTO blobs (digest, storage_key, size_bytes, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (digest) DO UPDATE SET storage_key = excluded.storage_key, "
        "size_bytes = excluded.size_bytes, damaged_at = NULL, scrubbed_at = 0",
        text, blob.storage_key, blob.size_bytes, unix_seconds(now()));
    link_blob(writer, repository, text);
  });
}

bool Blobs::mount(std::int64_t repository, std::int64_t from, const Digest& digest) {
  bool mounted = false;
  commits_.run([&](sql::Connection& writer) {
    {
      sql::Statement row = writer.query(
          "SELECT 1 FROM repository_blobs l JOIN blobs b ON b.digest = l.digest "
          "WHERE l.repository_id = $1 AND l.digest = $2 AND b.damaged_at IS NULL",
          from, digest.to_string());
      mounted = row.step();
    }
    if (mounted) link_blob(writer, repository, digest.to_string());
  });
  return mounted;
}

std::vector<std::string> Blobs::repositories_with(const Digest& digest, std::int64_t account,
                                                  std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT r.name FROM repository_blobs l JOIN repositories r ON r.id = l.repository_id "
      "WHERE l.digest = $1 AND r.deleted_at IS NULL "
      "ORDER BY CASE WHEN r.owner_id = $2 THEN 0 ELSE 1 END, r.id LIMIT $3",
      digest.to_string(), account, static_cast<std::int64_t>(count));
  std::vector<std::string> names;
  for (const sql::Statement& row : rows) names.push_back(row.text(0));
  return names;
}

bool Blobs::remove(std::int64_t repository, const Digest& digest) {
  const std::string text = digest.to_string();
  bool removed = false;
  commits_.run([&](sql::Connection& writer) {
    removed =
        writer.execute("DELETE FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
                       repository, text) > 0;
    if (!removed) return;
    forget_candidate(writer, repository, CandidateKind::kBlob, text);
    doom_unlinked_blob(writer, text);
  });
  return removed;
}

}  // namespace estiba::registry
