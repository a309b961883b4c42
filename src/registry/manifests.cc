#include "registry/manifests.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/time.h"
#include "registry/collection_queue.h"
#include "registry/tags.h"
#include "registry/trash.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

struct Reference {
  Digest digest;
  bool manifest = false;
  bool required = true;
};

// What a document says of itself, manifest or index alike.
struct Document {
  MediaType media_type;
  std::string artifact_type;
  std::map<std::string, std::string> annotations;
  std::optional<Digest> subject;
  std::vector<Reference> references;
};

Document read_manifest(const NewManifest& manifest, const MediaType& type) {
  const Manifest parsed = Manifest::parse(manifest.bytes, type);
  Document document{type, parsed.artifact_type, parsed.annotations, {}, {}};
  // An artifact without a type of its own is of its config's (distribution spec, "Listing
  // Referrers").
  if (document.artifact_type.empty()) document.artifact_type = parsed.config.media_type;
  if (parsed.subject) document.subject = parsed.subject->digest;
  document.references.push_back({parsed.config.digest, false, true});
  for (const Descriptor& layer : parsed.layers) {
    document.references.push_back({layer.digest, false, layer.urls.empty()});
  }
  return document;
}

Document read_index(const NewManifest& manifest, const MediaType& type) {
  const Index parsed = Index::parse(manifest.bytes, type);
  Document document{type, parsed.artifact_type, parsed.annotations, {}, {}};
  if (parsed.subject) document.subject = parsed.subject->digest;
  for (const Descriptor& entry : parsed.manifests) {
    document.references.push_back({entry.digest, true, true});
  }
  return document;
}

Document read_document(const NewManifest& manifest) {
  const MediaType declared = detect_manifest_media_type(manifest.bytes);
  if (!manifest.media_type.empty() && manifest.media_type != declared) {
    throw Error(ErrorCode::kInvalidArgument,
                "the manifest is of type " + declared + ", but was sent as " + manifest.media_type);
  }
  return is_index_media_type(declared) ? read_index(manifest, declared)
                                       : read_manifest(manifest, declared);
}

bool has_reference(sql::Connection& connection, std::int64_t repository,
                   const Reference& reference) {
  sql::Statement row =
      reference.manifest
          ? connection.query("SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2",
                             repository, reference.digest.to_string())
          : connection.query(
                "SELECT 1 FROM repository_blobs l JOIN blobs b ON b.digest = l.digest "
                "WHERE l.repository_id = $1 AND l.digest = $2 AND b.damaged_at IS NULL",
                repository, reference.digest.to_string());
  return row.step();
}

void insert_document(sql::Connection& connection, std::int64_t repository, const Digest& digest,
                     const Document& document, const std::string& bytes) {
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
  for (const Reference& reference : document.references) {
    connection.execute(
        "INSERT INTO manifest_references (repository_id, manifest, target, kind) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (repository_id, manifest, target) DO NOTHING",
        repository, digest.to_string(), reference.digest.to_string(),
        reference.manifest ? "manifest" : "blob");
  }
}

StoredManifest read_row(const sql::Statement& row) {
  return {Digest::parse(row.text(0)), row.text(1), row.blob(2)};
}

}  // namespace

MissingReference::MissingReference(const Digest& digest, bool manifest)
    : Error(ErrorCode::kNotFound, std::string("the manifest refers to the ") +
                                      (manifest ? "manifest " : "blob ") + digest.to_string() +
                                      ", which this repository does not have"),
      digest_(digest),
      manifest_(manifest) {}

std::optional<StoredManifest> Manifests::find(std::int64_t repository, const Digest& digest) {
  std::optional<StoredManifest> found;
  std::optional<std::int64_t> queued_at;
  {
    const auto reader = metadata_.reader();
    sql::Statement row = reader->query(
        "SELECT m.digest, m.media_type, m.bytes, q.queued_at FROM manifests m "
        "LEFT JOIN collection_queue q ON q.repository_id = m.repository_id "
        "AND q.kind = 'manifest' AND q.digest = m.digest "
        "WHERE m.repository_id = $1 AND m.digest = $2",
        repository, digest.to_string());
    if (!row.step()) return std::nullopt;
    found = read_row(row);
    queued_at = row.optional_integer(3);
  }
  if (queued_at && unix_seconds(now()) - *queued_at > lease_age_.count()) {
    renew_candidate(*metadata_.writer(), repository, CandidateKind::kManifest, digest.to_string());
  }
  return found;
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
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT m.digest, m.media_type, m.bytes FROM tags t JOIN manifests m "
      "ON m.repository_id = t.repository_id AND m.digest = t.digest "
      "WHERE t.repository_id = $1 AND t.name = $2 AND t.ended_at IS NULL",
      repository, tag);
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

PutResult Manifests::put(std::int64_t repository, const NewManifest& manifest) {
  const Document document = read_document(manifest);
  Digest digest = Digest::of(manifest.bytes);
  if (manifest.expected) {
    Hasher hasher(manifest.expected->algorithm());
    hasher.update(manifest.bytes);
    digest = Digest::finish(hasher);
    check_digest(*manifest.expected, digest, "the manifest");
  }
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  for (const Reference& reference : document.references) {
    if (reference.required && !has_reference(*writer, repository, reference)) {
      throw MissingReference(reference.digest, reference.manifest);
    }
  }
  insert_document(*writer, repository, digest, document, manifest.bytes);
  forget_candidate(*writer, repository, CandidateKind::kManifest, digest.to_string());
  if (manifest.tag) move_tag(*writer, repository, *manifest.tag, digest, manifest.account);
  transaction.commit();
  return {digest, document.subject};
}

bool Manifests::remove(std::int64_t repository, const Digest& digest, const std::string& account) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  if (!trash_manifest(*writer, repository, digest.to_string(), account)) return false;
  transaction.commit();
  return true;
}

std::vector<Descriptor> Manifests::referrers(std::int64_t repository, const Digest& subject,
                                             const std::string& artifact_type) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT digest, media_type, length(bytes), artifact_type, annotations FROM manifests "
      "WHERE repository_id = $1 AND subject = $2 AND ($3 = '' OR artifact_type = $3) "
      "ORDER BY created_at, digest",
      repository, subject.to_string(), artifact_type);
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
