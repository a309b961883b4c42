#include "store/image_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "store/database.h"
#include "store/layer_rows.h"
#include "store/limits.h"

namespace estiba::store {

bool has_image(sql::Connection& connection, const Digest& id) {
  return connection.query("SELECT 1 FROM images WHERE id = $1", id.to_string()).step();
}

std::optional<Image> read_image(sql::Connection& connection, const Digest& id) {
  sql::Statement query = connection.query(
      "SELECT config, parent, intermediate,"
      "  (SELECT coalesce(sum(l.size), 0) FROM image_layers i JOIN layers l USING (diff_id)"
      "   WHERE i.image_id = images.id)"
      " FROM images WHERE id = $1",
      id.to_string());
  if (!query.step()) return std::nullopt;
  const auto parent = query.optional_text(1);
  Image image{.id = id,
              .config_bytes = query.blob(0),
              .config = {},
              .parent = parent ? std::optional(Digest::parse(*parent)) : std::nullopt,
              .intermediate = query.boolean(2),
              .size_bytes = static_cast<std::uint64_t>(query.integer(3))};
  image.config = ImageConfig::parse(image.config_bytes);
  return image;
}

void insert_image(sql::Connection& connection, const Digest& id, const NewImage& image,
                  const ImageConfig& config, bool intermediate) {
  const auto parent =
      image.parent ? std::optional(image.parent->to_string()) : std::optional<std::string>();
  if (has_image(connection, id)) {
    connection.execute(
        "UPDATE images SET intermediate = min(intermediate, $2), parent = coalesce(parent, $3)"
        " WHERE id = $1",
        id.to_string(), intermediate ? 1 : 0, parent);
    return;
  }
  if (config.diff_ids.size() > kMaxImageLayers) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("the image has {} layers, more than the {} that can be mounted",
                            config.diff_ids.size(), kMaxImageLayers));
  }
  const auto created =
      config.created ? std::optional(to_column(*config.created)) : std::optional<std::int64_t>();
  connection.execute(
      "INSERT INTO images (id, config, parent, created, intermediate, added)"
      " VALUES ($1, $2, $3, $4, $5, $6)",
      id.to_string(), sql::Blob{image.config_bytes}, parent, created, intermediate ? 1 : 0,
      to_column(now()));
  std::int64_t position = 0;
  for (const Digest& diff_id : config.diff_ids) {
    if (!find_layer(connection, diff_id)) {
      throw Error(ErrorCode::kConflict, fmt::format("the layer {} of the image is not in the store",
                                                    diff_id.to_string()));
    }
    connection.execute("INSERT INTO image_layers (image_id, position, diff_id) VALUES ($1, $2, $3)",
                       id.to_string(), position++, diff_id.to_string());
  }
}

void set_tag(sql::Connection& connection, const Reference& reference, const Digest& id,
             const std::optional<Digest>& target) {
  const Reference tagged = reference.with_default_tag();
  if (!tagged.tag()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is a digest, not a tag that could be moved", reference.familiar()));
  }
  connection.execute(
      "INSERT INTO tags (registry, path, tag, image_id, target) VALUES ($1, $2, $3, $4, $5)"
      " ON CONFLICT (registry, path, tag) DO UPDATE"
      " SET image_id = excluded.image_id, target = excluded.target",
      tagged.repository().registry(), tagged.repository().path(), *tagged.tag(), id.to_string(),
      target ? std::optional(target->to_string()) : std::optional<std::string>());
}

namespace {

void insert_document(sql::Connection& connection, const ManifestDocument& document) {
  connection.execute(
      "INSERT INTO manifests (digest, media_type, bytes) VALUES ($1, $2, $3)"
      " ON CONFLICT DO NOTHING",
      document.digest.to_string(), document.media_type, sql::Blob{document.bytes});
}

ManifestDocument read_document(const sql::Statement& row, int first_column) {
  return {.media_type = row.text(first_column + 1),
          .bytes = row.blob(first_column + 2),
          .digest = Digest::parse(row.text(first_column))};
}

}  // namespace

void insert_tag_target(sql::Connection& connection, const TagTarget& target) {
  insert_document(connection, target.document);
  std::int64_t position = 0;
  for (const IndexedImage& image : target.images) {
    insert_document(connection, image.manifest);
    connection.execute(
        "INSERT INTO index_images (digest, position, image_id, manifest) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        target.document.digest.to_string(), position++, image.image_id.to_string(),
        image.manifest.digest.to_string());
  }
}

std::optional<TagTarget> read_tag_target(sql::Connection& connection, const Reference& reference) {
  if (reference.digest()) return std::nullopt;
  const Repository& repository = reference.repository();
  sql::Statement query = connection.query(
      "SELECT digest, media_type, bytes FROM tags JOIN manifests ON digest = target"
      " WHERE registry = $1 AND path = $2 AND tag = $3",
      repository.registry(), repository.path(), *reference.with_default_tag().tag());
  if (!query.step()) return std::nullopt;
  TagTarget target{.document = read_document(query, 0)};
  sql::Statement images = connection.query(
      "SELECT image_id, m.digest, m.media_type, m.bytes FROM index_images i"
      " JOIN manifests m ON m.digest = i.manifest WHERE i.digest = $1 ORDER BY position",
      target.document.digest.to_string());
  for (const sql::Statement& row : images) {
    target.images.push_back(
        {.image_id = Digest::parse(row.text(0)), .manifest = read_document(row, 1)});
  }
  return target;
}

void insert_manifest(sql::Connection& connection, const Digest& id,
                     const ManifestDocument& manifest, const std::vector<Repository>& known_in) {
  insert_document(connection, manifest);
  connection.execute(
      "INSERT INTO image_manifests (image_id, digest, added) VALUES ($1, $2, $3)"
      " ON CONFLICT (image_id, digest) DO UPDATE SET added = excluded.added",
      id.to_string(), manifest.digest.to_string(), to_column(now()));
  for (const Repository& repository : known_in) {
    connection.execute(
        "INSERT INTO repository_digests (registry, path, digest, image_id) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (registry, path, digest) DO UPDATE SET image_id = excluded.image_id",
        repository.registry(), repository.path(), manifest.digest.to_string(), id.to_string());
  }
}

std::vector<Reference> tags_of_image(sql::Connection& connection, const Digest& id) {
  std::vector<Reference> result;
  sql::Statement query = connection.query(
      "SELECT registry, path, tag FROM tags WHERE image_id = $1 ORDER BY registry, path, tag",
      id.to_string());
  for (const sql::Statement& row : query) {
    result.emplace_back(Repository::from_parts(row.text(0), row.text(1)), row.text(2),
                        std::nullopt);
  }
  return result;
}

std::vector<RepositoryDigest> digests_of_image(sql::Connection& connection, const Digest& id) {
  std::vector<RepositoryDigest> result;
  sql::Statement query = connection.query(
      "SELECT registry, path, digest FROM repository_digests WHERE image_id = $1"
      " ORDER BY registry, path, digest",
      id.to_string());
  for (const sql::Statement& row : query) {
    result.push_back({.repository = Repository::from_parts(row.text(0), row.text(1)),
                      .manifest = Digest::parse(row.text(2))});
  }
  return result;
}

std::vector<Digest> layers_of_image(sql::Connection& connection, const Digest& id) {
  std::vector<Digest> result;
  sql::Statement query = connection.query(
      "SELECT DISTINCT diff_id FROM image_layers WHERE image_id = $1", id.to_string());
  for (const sql::Statement& row : query) result.push_back(Digest::parse(row.text(0)));
  return result;
}

std::optional<Digest> parent_of_image(sql::Connection& connection, const Digest& id) {
  sql::Statement query =
      connection.query("SELECT parent FROM images WHERE id = $1", id.to_string());
  if (!query.step() || query.is_null(0)) return std::nullopt;
  return Digest::parse(query.text(0));
}

std::optional<Digest> resolve_reference(sql::Connection& connection, const Reference& reference) {
  const Repository& repository = reference.repository();
  if (reference.digest()) {
    sql::Statement query = connection.query(
        "SELECT image_id FROM repository_digests WHERE registry = $1 AND path = $2 AND digest = $3",
        repository.registry(), repository.path(), reference.digest()->to_string());
    if (!query.step()) return std::nullopt;
    return Digest::parse(query.text(0));
  }
  sql::Statement query = connection.query(
      "SELECT image_id FROM tags WHERE registry = $1 AND path = $2 AND tag = $3",
      repository.registry(), repository.path(), *reference.with_default_tag().tag());
  if (!query.step()) return std::nullopt;
  return Digest::parse(query.text(0));
}

std::optional<Digest> resolve_id_prefix(sql::Connection& connection, std::string_view hex) {
  const std::string first = fmt::format("sha256:{}", hex);
  sql::Statement query = connection.query(
      "SELECT id FROM images WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 2", first, first + "g");
  if (!query.step()) return std::nullopt;
  const Digest id = Digest::parse(query.text(0));
  if (query.step()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the image ID prefix {} is ambiguous", hex), "give more of its digits");
  }
  return id;
}

namespace {

bool is_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
  });
}

}  // namespace

std::optional<ResolvedName> resolve_name(sql::Connection& connection, std::string_view name) {
  constexpr std::string_view kAlgorithm = "sha256:";
  if (name.starts_with(kAlgorithm) && is_hex(name.substr(kAlgorithm.size()))) {
    const auto id = resolve_id_prefix(connection, name.substr(kAlgorithm.size()));
    if (id) return ResolvedName{.id = *id, .reference = std::nullopt};
  }
  // 64 digits are an ID: no reference may look like one.
  const bool looks_like_id = is_hex(name);
  if (!looks_like_id || name.size() != 64) {
    const Reference reference = Reference::parse(name).with_default_tag();
    const auto id = resolve_reference(connection, reference);
    if (id) return ResolvedName{.id = *id, .reference = reference};
  }
  if (!looks_like_id) return std::nullopt;
  const auto id = resolve_id_prefix(connection, name);
  if (!id) return std::nullopt;
  return ResolvedName{.id = *id, .reference = std::nullopt};
}

}  // namespace estiba::store
