#include "registry/manifests.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/time.h"
#include "registry/tags.h"
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
                "SELECT 1 FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
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
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT digest, media_type, bytes FROM manifests WHERE repository_id = $1 AND digest = $2",
      repository, digest.to_string());
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
  if (manifest.tag) move_tag(*writer, repository, *manifest.tag, digest, manifest.account);
  transaction.commit();
  return {digest, document.subject};
}

bool Manifests::remove(std::int64_t repository, const Digest& digest, const std::string& account) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const std::int64_t removed =
      writer->execute("DELETE FROM manifests WHERE repository_id = $1 AND digest = $2", repository,
                      digest.to_string());
  if (removed == 0) return false;
  writer->execute(
      "UPDATE tags SET ended_at = $1, ended_by = $2 "
      "WHERE repository_id = $3 AND digest = $4 AND ended_at IS NULL",
      unix_seconds(now()), account, repository, digest.to_string());
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
