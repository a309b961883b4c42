#include "store/image_store.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/time.h"
#include "store/image_rows.h"
#include "store/image_store_parts.h"

namespace estiba::store {
namespace {

ImageListing read_listing(sql::Connection& connection, const sql::Statement& row) {
  ImageListing listing{
      .id = Digest::parse(row.text(0)),
      .tags = {},
      .repository_digests = {},
      .created = std::nullopt,
      .size_bytes = static_cast<std::uint64_t>(row.integer(4)),
      .intermediate = row.boolean(3),
      .parent = std::nullopt,
  };
  if (const auto parent = row.optional_text(1)) listing.parent = Digest::parse(*parent);
  if (const auto created = row.optional_integer(2)) listing.created = time_from_column(*created);
  listing.tags = tags_of_image(connection, listing.id);
  listing.repository_digests = digests_of_image(connection, listing.id);
  return listing;
}

constexpr std::string_view kListing =
    "SELECT id, parent, created, intermediate,"
    "  (SELECT coalesce(sum(l.size), 0) FROM image_layers i JOIN layers l USING (diff_id)"
    "   WHERE i.image_id = images.id)"
    " FROM images ";

[[noreturn]] void fail_unknown(std::string_view name) {
  throw Error(ErrorCode::kNotFound, fmt::format("No such image: {}", name));
}

}  // namespace

ImageStore::ImageStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ImageStore::~ImageStore() = default;

std::optional<Image> ImageStore::try_find(std::string_view name) const {
  return parts_->database.read([&](sql::Connection& connection) -> std::optional<Image> {
    const std::optional<ResolvedName> resolved = resolve_name(connection, name);
    if (!resolved) return std::nullopt;
    return read_image(connection, resolved->id);
  });
}

Image ImageStore::find(std::string_view name) const {
  std::optional<Image> image = try_find(name);
  if (!image) fail_unknown(name);
  return std::move(*image);
}

std::optional<Image> ImageStore::try_find(const Reference& reference) const {
  return parts_->database.read([&](sql::Connection& connection) -> std::optional<Image> {
    const std::optional<Digest> id = resolve_reference(connection, reference);
    if (!id) return std::nullopt;
    return read_image(connection, *id);
  });
}

Image ImageStore::get(const Digest& id) const {
  std::optional<Image> image = parts_->database.read(
      [&](sql::Connection& connection) { return read_image(connection, id); });
  if (!image) fail_unknown(id.to_string());
  return std::move(*image);
}

std::vector<ImageListing> ImageStore::list(bool all) const {
  return parts_->database.read([&](sql::Connection& connection) {
    std::vector<ImageListing> result;
    sql::Statement query = connection.query(
        std::string(kListing) +
            "WHERE intermediate <= $1 ORDER BY created IS NULL, created DESC, added DESC, id",
        all ? 1 : 0);
    for (const sql::Statement& row : query) result.push_back(read_listing(connection, row));
    return result;
  });
}

ImageListing ImageStore::listing(const Digest& id) const {
  return parts_->database.read([&](sql::Connection& connection) {
    sql::Statement query =
        connection.query(std::string(kListing) + "WHERE id = $1", id.to_string());
    if (!query.step()) fail_unknown(id.to_string());
    return read_listing(connection, query);
  });
}

std::vector<Digest> ImageStore::lineage(const Digest& id) const {
  return parts_->database.read([&](sql::Connection& connection) {
    std::vector<Digest> result;
    std::set<Digest> seen;
    std::optional<Digest> current = id;
    while (current && has_image(connection, *current) && seen.insert(*current).second) {
      result.push_back(*current);
      current = parent_of_image(connection, *current);
    }
    return result;
  });
}

void ImageStore::tag(const Digest& id, const Reference& reference,
                     const std::optional<TagTarget>& target) {
  // Synced: the image is named by somebody now and has to survive loss of power.
  publish({{.image = {.config_bytes = get(id).config_bytes, .parent = std::nullopt},
            .tags = {reference},
            .manifest = std::nullopt,
            .known_in = {},
            .target = target}});
}

std::optional<TagTarget> ImageStore::target_of(const Reference& reference) const {
  return parts_->database.read(
      [&](sql::Connection& connection) { return read_tag_target(connection, reference); });
}

std::optional<TagTarget> ImageStore::target_of(std::string_view name) const {
  return parts_->database.read([&](sql::Connection& connection) -> std::optional<TagTarget> {
    const std::optional<ResolvedName> resolved = resolve_name(connection, name);
    if (!resolved || !resolved->reference) return std::nullopt;
    return read_tag_target(connection, *resolved->reference);
  });
}

std::vector<Reference> ImageStore::tags_of(const Repository& repository) const {
  return parts_->database.read([&](sql::Connection& connection) {
    std::vector<Reference> result;
    sql::Statement query =
        connection.query("SELECT tag FROM tags WHERE registry = $1 AND path = $2 ORDER BY tag",
                         repository.registry(), repository.path());
    for (const sql::Statement& row : query) {
      result.emplace_back(repository, row.text(0), std::nullopt);
    }
    return result;
  });
}

void ImageStore::add_manifest(const Digest& id, const ManifestDocument& manifest,
                              const Repository& repository) {
  parts_->database.write([&](sql::Connection& connection) {
    if (!has_image(connection, id)) fail_unknown(id.to_string());
    insert_manifest(connection, id, manifest, {repository});
  });
}

std::vector<ManifestDocument> ImageStore::manifests(const Digest& id) const {
  return parts_->database.read([&](sql::Connection& connection) {
    std::vector<ManifestDocument> result;
    sql::Statement query = connection.query(
        "SELECT digest, media_type, bytes FROM image_manifests JOIN manifests USING (digest)"
        " WHERE image_id = $1 ORDER BY added DESC, digest",
        id.to_string());
    for (const sql::Statement& row : query) {
      result.push_back(
          {.media_type = row.text(1), .bytes = row.blob(2), .digest = Digest::parse(row.text(0))});
    }
    return result;
  });
}

}  // namespace estiba::store
