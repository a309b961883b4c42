#include "registry/blobs.h"

#include "base/error.h"
#include "base/time.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::optional<StoredBlob> find_blob(sql::Connection& connection, const std::string& digest) {
  sql::Statement row =
      connection.query("SELECT storage_key, size_bytes FROM blobs WHERE digest = $1", digest);
  if (!row.step()) return std::nullopt;
  return StoredBlob{row.text(0), static_cast<std::uint64_t>(row.integer(1))};
}

constexpr std::string_view kLink =
    "INSERT INTO repository_blobs (repository_id, digest, created_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (repository_id, digest) DO NOTHING";

}  // namespace

std::optional<StoredBlob> Blobs::find(std::int64_t repository, const Digest& digest) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT b.storage_key, b.size_bytes FROM repository_blobs l JOIN blobs b "
      "ON b.digest = l.digest WHERE l.repository_id = $1 AND l.digest = $2",
      repository, digest.to_string());
  if (!row.step()) return std::nullopt;
  return StoredBlob{row.text(0), static_cast<std::uint64_t>(row.integer(1))};
}

std::optional<Blobs::OpenBlob> Blobs::open(std::int64_t repository, const Digest& digest) {
  std::string missing;
  for (;;) {
    const auto blob = find(repository, digest);
    if (!blob) return std::nullopt;
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
  std::optional<StoredBlob> replaced;
  {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    replaced = find_blob(*writer, text);
    writer->execute(
        "INSERT INTO blobs (digest, storage_key, size_bytes, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (digest) DO UPDATE SET storage_key = excluded.storage_key, "
        "size_bytes = excluded.size_bytes",
        text, blob.storage_key, blob.size_bytes, unix_seconds(now()));
    writer->execute(kLink, repository, text, unix_seconds(now()));
    transaction.commit();
  }
  if (replaced) storage_.remove(replaced->storage_key);
}

bool Blobs::mount(std::int64_t repository, std::int64_t from, const Digest& digest) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  {
    sql::Statement row =
        writer->query("SELECT 1 FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
                      from, digest.to_string());
    if (!row.step()) return false;
  }
  writer->execute(kLink, repository, digest.to_string(), unix_seconds(now()));
  transaction.commit();
  return true;
}

bool Blobs::remove(std::int64_t repository, const Digest& digest) {
  const std::string text = digest.to_string();
  std::optional<StoredBlob> unused;
  {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    sql::Statement needed = writer->query(
        "SELECT manifest FROM manifest_references WHERE repository_id = $1 AND target = $2",
        repository, text);
    if (needed.step()) {
      throw Error(ErrorCode::kConflict, "the blob is part of the manifest " + needed.text(0),
                  "delete the manifest first");
    }
    if (writer->execute("DELETE FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
                        repository, text) == 0) {
      return false;
    }
    sql::Statement other = writer->query("SELECT 1 FROM repository_blobs WHERE digest = $1", text);
    if (!other.step()) {
      unused = find_blob(*writer, text);
      writer->execute("DELETE FROM blobs WHERE digest = $1", text);
    }
    transaction.commit();
  }
  if (unused) storage_.remove(unused->storage_key);
  return true;
}

}  // namespace estiba::registry
