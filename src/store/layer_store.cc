#include "store/layer_store.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "store/layer_store_parts.h"
#include "store/unpacked_size.h"

namespace estiba::store {

LayerStore::LayerStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

LayerStore::~LayerStore() = default;

std::unique_ptr<LayerWriter> LayerStore::create() {
  return std::unique_ptr<LayerWriter>(new LayerWriter(*this, parts_->temporary.make_file()));
}

bool LayerStore::contains(const Digest& diff_id) const {
  return parts_->database.read([&](sql::Connection& connection) {
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    if (!row) return false;
    if (row->has_tar && path_exists(parts_->files.tar(diff_id))) return true;
    const std::vector<BlobClaim> claims = find_claims(connection, diff_id);
    return std::any_of(claims.begin(), claims.end(), [&](const BlobClaim& claim) {
      return parts_->blobs.contains(claim.blob.digest);
    });
  });
}

bool LayerStore::contains(const Digest& diff_id, const Digest& blob) const {
  return parts_->database.read([&](sql::Connection& connection) {
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    if (!row) return false;
    if (row->has_tar && path_exists(parts_->files.tar(diff_id))) return true;
    const std::vector<BlobClaim> claims = find_claims(connection, diff_id);
    const bool claimed = std::any_of(claims.begin(), claims.end(), [&](const BlobClaim& claim) {
      return claim.blob.digest == blob;
    });
    return claimed && parts_->blobs.contains(blob);
  });
}

LayerInfo LayerStore::info(const Digest& diff_id) const {
  return parts_->database.read([&](sql::Connection& connection) {
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    if (!row) {
      throw Error(ErrorCode::kNotFound,
                  fmt::format("the layer {} is not in the store", diff_id.to_string()));
    }
    LayerInfo info{.diff_id = diff_id,
                   .tar_size_bytes = row->has_tar ? row->size_bytes : 0,
                   .blobs = {},
                   .has_tar = row->has_tar,
                   .has_index = row->has_index,
                   .has_tree = row->has_tree};
    for (const BlobClaim& claim : find_claims(connection, diff_id)) {
      if (parts_->blobs.contains(claim.blob.digest)) info.blobs.push_back(claim.blob);
    }
    return info;
  });
}

void LayerStore::add_blob(const Digest& diff_id, const Descriptor& blob) {
  const std::uint64_t unpacked =
      guess_unpacked_size_bytes(parts_->blobs.open(blob.digest).get(), blob.size_bytes);
  parts_->database.write([&](sql::Connection& connection) {
    if (!parts_->blobs.contains(blob.digest)) {
      throw Error(ErrorCode::kNotFound,
                  fmt::format("the blob {} is not in the store any more", blob.digest.to_string()));
    }
    const std::int64_t time = to_column(now());
    connection.execute(
        "INSERT INTO layers (diff_id, size, durable, boot_id, created) VALUES ($1, $2, 1, $3, $4)"
        " ON CONFLICT DO NOTHING",
        diff_id.to_string(), unpacked, parts_->database.boot_id(), time);
    connection.execute(
        "INSERT INTO layer_blobs (diff_id, blob, media_type, size, verified, learned)"
        " VALUES ($1, $2, $3, $4, 0, $5)"
        " ON CONFLICT (diff_id, blob) DO UPDATE SET learned = excluded.learned",
        diff_id.to_string(), blob.digest.to_string(), blob.media_type, blob.size_bytes, time);
  });
}

LayerForm LayerStore::form() const {
  return parts_->form.form();
}

std::string LayerStore::form_reason() const {
  return parts_->form.reason();
}

void LayerStore::remember_location(const Digest& blob, const std::string& registry,
                                   const std::string& repository_path) {
  parts_->database.write([&](sql::Connection& connection) {
    connection.execute(
        "INSERT INTO blob_locations (blob, registry, repository, seen) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (blob, registry, repository) DO UPDATE SET seen = excluded.seen",
        blob.to_string(), registry, repository_path, to_column(now()));
  });
}

std::vector<std::string> LayerStore::locations(const Digest& blob,
                                               const std::string& registry) const {
  return parts_->database.read([&](sql::Connection& connection) {
    std::vector<std::string> result;
    sql::Statement query = connection.query(
        "SELECT repository FROM blob_locations WHERE blob = $1 AND registry = $2"
        " ORDER BY seen DESC, repository",
        blob.to_string(), registry);
    for (const sql::Statement& row : query) result.push_back(row.text(0));
    return result;
  });
}

}  // namespace estiba::store
