#include "registry/manifests.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/time.h"
#include "registry/collection_queue.h"
#include "registry/manifest_document.h"
#include "registry/trash.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

bool has_reference(sql::Connection& connection, std::int64_t repository,
                   const ManifestReference& reference) {
  sql::Statement row =
      reference.is_manifest
          ? connection.query("SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2",
                             repository, reference.digest.to_string())
          : connection.query(
                "SELECT 1 FROM repository_blobs l JOIN blobs b ON b.digest = l.digest "
                "WHERE l.repository_id = $1 AND l.digest = $2 AND b.damaged_at IS NULL",
                repository, reference.digest.to_string());
  return row.step();
}

void check_references(sql::Connection& connection, std::int64_t repository,
                      const ManifestDocument& document) {
  std::vector<Digest> missing;
  for (const ManifestReference& reference : document.references) {
    if (reference.required && !has_reference(connection, repository, reference)) {
      missing.push_back(reference.digest);
    }
  }
  if (!missing.empty()) throw MissingReferences(std::move(missing));
}

// What is there under the name that is pushed to: the digest itself, or what its first tag means.
std::optional<Digest> current_digest(sql::Connection& connection, std::int64_t repository,
                                     const NewManifest& manifest) {
  sql::Statement row =
      manifest.expected
          ? connection.query(
                "SELECT digest FROM manifests WHERE repository_id = $1 AND digest = $2", repository,
                manifest.expected->to_string())
          : connection.query(
                "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND "
                "ended_at IS NULL",
                repository, manifest.tags.front());
  if (!row.step()) return std::nullopt;
  return Digest::parse(row.text(0));
}

void insert_document(sql::Connection& connection, std::int64_t repository, const Digest& digest,
                     const ManifestDocument& document, const std::string& bytes) {
  std::optional<std::string> subject;
  if (document.subject) subject = document.subject->to_string();
  const std::int64_t inserted = connection.execute(
      "INSERT INTO manifests (repository_id, digest, media_type, bytes, artifact_type, "
      "annotations, subject, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
      "ON CONFLICT (repository_id, digest) DO NOTHING",
      repository, digest.to_string(), document.media_type, sql::Blob{bytes}, document.artifact_type,
      nlohmann::json(document.annotations).dump(), subject, unix_seconds(now()));
  if (inserted == 0) return;
  // Pushed again is better than restored.
  connection.execute("DELETE FROM deleted_manifests WHERE repository_id = $1 AND digest = $2",
                     repository, digest.to_string());
  for (const ManifestReference& reference : document.references) {
    connection.execute(
        "INSERT INTO manifest_references (repository_id, manifest, target, kind) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (repository_id, manifest, target) DO NOTHING",
        repository, digest.to_string(), reference.digest.to_string(),
        reference.is_manifest ? "manifest" : "blob");
  }
}

// Whoever pushes by digest alone means to keep it; of an upstream it is only a copy.
void settle_candidate(sql::Connection& connection, std::int64_t repository,
                      const NewManifest& manifest, const Digest& digest) {
  if (manifest.may_lack_references && manifest.tags.empty()) {
    queue_candidate(connection, repository, CandidateKind::kManifest, digest.to_string());
  } else {
    forget_candidate(connection, repository, CandidateKind::kManifest, digest.to_string());
  }
}

StoredManifest read_row(const sql::Statement& row) {
  return {Digest::parse(row.text(0)), row.text(1), row.blob(2)};
}

}  // namespace

MissingReferences::MissingReferences(std::vector<Digest> digests)
    : Error(ErrorCode::kNotFound, "the manifest refers to " + digests.front().to_string() +
                                      ", which this repository does not have"),
      digests_(std::move(digests)) {}

std::optional<Manifests::Found> Manifests::find_now(std::int64_t repository,
                                                    const std::string& reference) {
  return found_.get(
      std::to_string(repository) + " " + reference, [&] { return read(repository, reference); },
      [](const auto& found) {
        return !found || found->manifest.bytes.size() <= kMaxKeptManifestBytes;
      });
}

std::optional<Manifests::Found> Manifests::read(std::int64_t repository,
                                                const std::string& reference) {
  const auto reader = metadata_.reader();
  if (reference.find(':') == std::string::npos) {
    sql::Statement row = reader->query(
        "SELECT m.digest, m.media_type, m.bytes FROM tags t JOIN manifests m "
        "ON m.repository_id = t.repository_id AND m.digest = t.digest "
        "WHERE t.repository_id = $1 AND t.name = $2 AND t.ended_at IS NULL",
        repository, reference);
    if (!row.step()) return std::nullopt;
    return Found{read_row(row)};
  }
  sql::Statement row = reader->query(
      "SELECT m.digest, m.media_type, m.bytes, q.queued_at FROM manifests m "
      "LEFT JOIN collection_queue q ON q.repository_id = m.repository_id "
      "AND q.kind = 'manifest' AND q.digest = m.digest "
      "WHERE m.repository_id = $1 AND m.digest = $2",
      repository, reference);
  if (!row.step()) return std::nullopt;
  return Found{read_row(row), row.optional_integer(3)};
}

std::optional<StoredManifest> Manifests::find(std::int64_t repository, const Digest& digest) {
  auto found = find_now(repository, digest.to_string());
  if (!found) return std::nullopt;
  if (found->queued_at && unix_seconds(now()) - *found->queued_at > lease_age_.count()) {
    commits_.run([&](sql::Connection& writer) {
      renew_candidate(writer, repository, CandidateKind::kManifest, digest.to_string());
    });
  }
  return std::move(found->manifest);
}

std::optional<StoredManifest> Manifests::find(std::int64_t repository, const std::string& tag,
                                              Timestamp at) {
  const auto reader = metadata_.reader();
  // Several within one second: the last one is what it was then.
  sql::Statement row = reader->query(
      "SELECT m.digest, m.media_type, m.bytes FROM tags t JOIN manifests m "
      "ON m.repository_id = t.repository_id AND m.digest = t.digest "
      "WHERE t.repository_id = $1 AND t.name = $2 AND t.started_at <= $3 "
      "AND (t.ended_at IS NULL OR t.ended_at > $3) ORDER BY t.id DESC LIMIT 1",
      repository, tag, unix_seconds(at));
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

std::optional<StoredManifest> Manifests::find(std::int64_t repository, const std::string& tag) {
  auto found = find_now(repository, tag);
  if (!found) return std::nullopt;
  return std::move(found->manifest);
}

PutResult Manifests::put(std::int64_t repository, const NewManifest& manifest) {
  const ManifestDocument document = read_manifest_document(manifest.bytes, manifest.media_type);
  Digest digest = Digest::of(manifest.bytes);
  if (manifest.expected) {
    Hasher hasher(manifest.expected->algorithm());
    hasher.update(manifest.bytes);
    digest = Digest::finish(hasher);
    check_digest(*manifest.expected, digest, "the manifest");
  }
  PutResult result{digest, document.subject, document.media_type};
  commits_.run([&](sql::Connection& writer) {
    if (manifest.precondition) manifest.precondition(current_digest(writer, repository, manifest));
    if (!manifest.may_lack_references) check_references(writer, repository, document);
    insert_document(writer, repository, digest, document, manifest.bytes);
    settle_candidate(writer, repository, manifest, digest);
    for (const std::string& tag : manifest.tags) {
      auto move = move_tag(writer, repository, tag, digest, manifest.account);
      if (move) result.moves.push_back(*std::move(move));
    }
    if (manifest.on_stored) manifest.on_stored(writer, result);
  });
  return result;
}

bool Manifests::remove(std::int64_t repository, const Digest& digest, const std::string& account,
                       const WithinChange& within) {
  bool removed = false;
  commits_.run([&](sql::Connection& writer) {
    removed = trash_manifest(writer, repository, digest.to_string(), account);
    if (removed) within(writer);
  });
  return removed;
}

std::vector<Descriptor> Manifests::referrers(std::int64_t repository, const Digest& subject,
                                             const ReferrersQuery& query) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT digest, media_type, length(bytes), artifact_type, annotations FROM manifests "
      "WHERE repository_id = $1 AND subject = $2 AND ($3 = '' OR artifact_type = $3) "
      "AND digest > $4 ORDER BY digest LIMIT $5",
      repository, subject.to_string(), query.artifact_type, query.last,
      static_cast<std::int64_t>(query.count));
  std::vector<Descriptor> found;
  for (const sql::Statement& row : rows) {
    Descriptor descriptor{row.text(1),
                          Digest::parse(row.text(0)),
                          static_cast<std::uint64_t>(row.integer(2)),
                          {},
                          {},
                          {},
                          {}};
    descriptor.artifact_type = row.text(3);
    descriptor.annotations =
        nlohmann::json::parse(row.text(4)).get<std::map<std::string, std::string>>();
    found.push_back(std::move(descriptor));
  }
  return found;
}

}  // namespace estiba::registry
