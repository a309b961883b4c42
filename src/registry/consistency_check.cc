#include "registry/consistency_check.h"

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "base/time.h"
#include "oci/digest.h"
#include "registry/limits.h"
#include "registry/manifest_document.h"
#include "registry/scrubber.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::int64_t kCheckedAtOnce = 256;

struct MissingBlob {
  std::int64_t repository = 0;
  std::string name;
  std::string manifest;
  std::string target;
  std::string bytes;  // of the manifest
  std::string media_type;
};

// Layers that are fetched from elsewhere need not be here.
bool is_required(const MissingBlob& missing) {
  const auto references = read_manifest_document(missing.bytes, missing.media_type).references;
  return std::any_of(references.begin(), references.end(), [&](const ManifestReference& one) {
    return one.required && one.digest.to_string() == missing.target;
  });
}

std::vector<MissingBlob> find_missing_blobs(sql::ConnectionPool& metadata) {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT n.id, n.name, r.manifest, r.target, m.bytes, m.media_type FROM manifest_references r "
      "JOIN repositories n ON n.id = r.repository_id AND n.is_proxied = 0 "
      "JOIN manifests m ON m.repository_id = r.repository_id AND m.digest = r.manifest "
      "WHERE r.kind = 'blob' AND NOT EXISTS (SELECT 1 FROM repository_blobs l "
      "WHERE l.repository_id = r.repository_id AND l.digest = r.target) "
      "ORDER BY n.name, r.manifest LIMIT 1000");
  std::vector<MissingBlob> found;
  for (const sql::Statement& row : rows) {
    MissingBlob missing{row.integer(0), row.text(1), row.text(2),
                        row.text(3),    row.blob(4), row.text(5)};
    if (is_required(missing)) found.push_back(std::move(missing));
  }
  return found;
}

struct Checker {
  sql::ConnectionPool& metadata;
  BlobStorage& storage;
  const CheckOptions& options;
  const std::stop_token& stop;
  CheckReport report{};

  void check_blobs();
  void check_files();
  void check_manifests();
  void check_references();
  void check_manifest_blobs();
  [[nodiscard]] bool link_blob(const MissingBlob& missing);
  void add(std::string what, std::string detail, bool repaired) {
    report.problems.push_back({std::move(what), std::move(detail), repaired});
  }
};

struct BlobRow {
  std::string digest;
  std::string key;
  std::uint64_t size_bytes = 0;
  bool damaged = false;
};

std::vector<BlobRow> blob_rows_after(sql::ConnectionPool& metadata, const std::string& last) {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT digest, storage_key, size_bytes, damaged_at FROM blobs WHERE digest > $1 "
      "ORDER BY digest LIMIT $2",
      last, kCheckedAtOnce);
  std::vector<BlobRow> found;
  for (const sql::Statement& row : rows) {
    found.push_back(
        {row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), !row.is_null(3)});
  }
  return found;
}

bool is_still_stored_as(sql::ConnectionPool& metadata, const BlobRow& blob) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query("SELECT 1 FROM blobs WHERE digest = $1 AND storage_key = $2",
                                     blob.digest, blob.key);
  return row.step();
}

bool is_known_key(sql::ConnectionPool& metadata, const std::string& key) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query(
      "SELECT 1 FROM blobs WHERE storage_key = $1 "
      "UNION ALL SELECT 1 FROM doomed_files WHERE storage_key = $1",
      key);
  return row.step();
}

void Checker::check_blobs() {
  std::string last;
  for (auto rows = blob_rows_after(metadata, last); !rows.empty() && !stop.stop_requested();
       rows = blob_rows_after(metadata, last)) {
    last = rows.back().digest;
    for (const BlobRow& blob : rows) {
      ++report.blobs;
      if (blob.damaged) {
        add("damaged blob", blob.digest + " is in quarantine; pushing it again heals it", true);
        continue;
      }
      const auto size = storage.size_bytes(blob.key);
      if (size == blob.size_bytes || !is_still_stored_as(metadata, blob)) continue;
      const bool repaired = options.repair && quarantine_blob(metadata, blob.digest, blob.key);
      add(size ? "wrong length" : "missing file", blob.digest + " (" + blob.key + ")", repaired);
    }
  }
}

void Checker::check_files() {
  const Timestamp oldest = now() - options.orphan_age;
  storage.for_each_file([&](const BlobStorage::StoredFile& file) {
    if (stop.stop_requested()) return;
    ++report.files;
    if (file.changed_at > oldest) return;
    if (BlobStorage::is_in_place(file) && is_known_key(metadata, file.key)) return;
    if (options.repair) storage.remove(file);
    add("orphan file", file.folder + "/" + file.key, options.repair);
  });
}

void Checker::check_manifests() {
  std::int64_t repository = 0;
  std::string last;
  for (bool more = true; more && !stop.stop_requested();) {
    more = false;
    const auto reader = metadata.reader();
    sql::Statement rows = reader->query(
        "SELECT m.repository_id, m.digest, m.bytes FROM manifests m "
        "WHERE m.repository_id > $1 OR (m.repository_id = $1 AND m.digest > $2) "
        "ORDER BY m.repository_id, m.digest LIMIT $3",
        repository, last, kCheckedAtOnce / 16);
    for (const sql::Statement& row : rows) {
      more = true;
      ++report.manifests;
      repository = row.integer(0);
      last = row.text(1);
      const Digest expected = Digest::parse(last);
      Hasher hasher(expected.algorithm());
      hasher.update(row.blob(2));
      if (Digest::finish(hasher) != expected) add("damaged manifest", last, false);
    }
  }
}

void Checker::check_references() {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT n.name, r.manifest, r.target FROM manifest_references r JOIN repositories n "
      "ON n.id = r.repository_id WHERE r.kind = 'manifest' AND NOT EXISTS (SELECT 1 FROM manifests "
      "m WHERE m.repository_id = r.repository_id AND m.digest = r.target) AND n.is_proxied = 0 "
      "ORDER BY n.name, r.manifest LIMIT 1000");
  for (const sql::Statement& row : rows) {
    add("incomplete index", row.text(0) + "@" + row.text(1) + " lacks " + row.text(2), false);
  }
}

// Another repository may still have it.
bool Checker::link_blob(const MissingBlob& missing) {
  return metadata.writer()->execute(
             "INSERT INTO repository_blobs (repository_id, digest, created_at) "
             "SELECT CAST($1 AS BIGINT), b.digest, CAST($2 AS BIGINT) FROM blobs b "
             "WHERE b.digest = $3 AND b.damaged_at IS NULL "
             "ON CONFLICT (repository_id, digest) DO NOTHING",
             missing.repository, unix_seconds(now()), missing.target) > 0;
}

void Checker::check_manifest_blobs() {
  for (const MissingBlob& missing : find_missing_blobs(metadata)) {
    const bool repaired = options.repair && link_blob(missing);
    add("incomplete manifest", missing.name + "@" + missing.manifest + " lacks " + missing.target,
        repaired);
  }
}

}  // namespace

CheckReport check_consistency(sql::ConnectionPool& metadata, BlobStorage& storage,
                              const CheckOptions& options, const std::stop_token& stop) {
  Checker checker{metadata, storage, options, stop};
  checker.check_blobs();
  checker.check_files();
  checker.check_manifests();
  checker.check_references();
  checker.check_manifest_blobs();
  return std::move(checker.report);
}

}  // namespace estiba::registry
