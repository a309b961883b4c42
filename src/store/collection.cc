#include "store/collection.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"
#include "store/blob_store.h"
#include "store/database.h"
#include "store/disk_size.h"
#include "store/layer_files.h"
#include "store/layer_rows.h"
#include "store/lease.h"
#include "store/temporary_area.h"

namespace estiba::store {
namespace {

// $1 is a layer's diff ID.
constexpr std::string_view kIsHeld =
    "SELECT EXISTS (SELECT 1 FROM image_layers WHERE diff_id = $1)"
    " OR EXISTS (SELECT 1 FROM build_cache WHERE layer = $1)"
    " OR EXISTS (SELECT 1 FROM lease_items WHERE kind = 'layer' AND digest = $1)";

bool is_held(sql::Connection& connection, const Digest& diff_id) {
  sql::Statement query = connection.query(kIsHeld, diff_id.to_string());
  return query.step() && query.boolean(0);
}

bool is_blob_held(sql::Connection& connection, const Digest& blob) {
  sql::Statement query = connection.query(
      "SELECT EXISTS (SELECT 1 FROM layer_blobs WHERE blob = $1)"
      " OR EXISTS (SELECT 1 FROM lease_items WHERE kind = 'blob' AND digest = $1)",
      blob.to_string());
  return query.step() && query.boolean(0);
}

std::vector<Digest> layer_directories(const LayerFiles& files) {
  std::vector<Digest> result;
  for (const std::string algorithm : {"sha256", "sha512"}) {
    const UniqueFd directory =
        open_file(fmt::format("{}/{}", files.root(), algorithm), O_RDONLY | O_DIRECTORY);
    for (const std::string& hex : fs::list_directory(directory.get())) {
      if (const auto diff_id = Digest::try_parse(algorithm + ":" + hex)) result.push_back(*diff_id);
    }
  }
  return result;
}

}  // namespace

DroppedRows Collector::drop_rows(sql::Connection& connection,
                                 const std::vector<Digest>& candidates) {
  DroppedRows dropped;
  for (const Digest& diff_id : candidates) {
    if (!find_layer(connection, diff_id) || is_held(connection, diff_id)) continue;
    for (const BlobClaim& claim : find_claims(connection, diff_id)) {
      dropped.blobs.push_back(claim.blob.digest);
    }
    connection.execute("DELETE FROM layer_blobs WHERE diff_id = $1", diff_id.to_string());
    connection.execute("DELETE FROM layers WHERE diff_id = $1", diff_id.to_string());
    dropped.layers.push_back(diff_id);
  }
  return dropped;
}

std::vector<Digest> Collector::unheld_layers(sql::Connection& connection) {
  std::vector<Digest> result;
  sql::Statement query = connection.query(
      "SELECT diff_id FROM layers WHERE"
      " NOT EXISTS (SELECT 1 FROM image_layers i WHERE i.diff_id = layers.diff_id)"
      " AND NOT EXISTS (SELECT 1 FROM build_cache c WHERE c.layer = layers.diff_id)"
      " AND NOT EXISTS (SELECT 1 FROM lease_items l"
      "   WHERE l.kind = 'layer' AND l.digest = layers.diff_id)");
  for (const sql::Statement& row : query) result.push_back(Digest::parse(row.text(0)));
  return result;
}

std::uint64_t Collector::remove_files(const DroppedRows& dropped) {
  // Measured first: a tree takes longer to walk than a transaction may last.
  std::map<Digest, std::uint64_t> sizes;
  for (const Digest& diff_id : dropped.layers) {
    sizes[diff_id] = disk_size_bytes(files_.directory(diff_id));
  }
  std::uint64_t freed_bytes = 0;
  database_.write([&](sql::Connection& connection) {
    for (const Digest& diff_id : dropped.layers) {
      if (find_layer(connection, diff_id)) continue;
      if (temporary_.discard(files_.directory(diff_id))) freed_bytes += sizes[diff_id];
    }
    for (const Digest& blob : dropped.blobs) {
      if (is_blob_held(connection, blob)) continue;
      const std::uint64_t size_bytes = disk_size_bytes(blobs_.path(blob));
      if (temporary_.discard(blobs_.path(blob))) freed_bytes += size_bytes;
    }
  });
  return freed_bytes;
}

DroppedRows Collector::find_garbage() {
  const std::vector<Digest> layers = layer_directories(files_);
  std::vector<Digest> blobs;
  blobs_.for_each([&](const Digest& blob, std::uint64_t) { blobs.push_back(blob); });

  return database_.write([&](sql::Connection& connection) {
    delete_void_leases(connection);
    DroppedRows garbage;
    for (const Digest& diff_id : layers) {
      if (!find_layer(connection, diff_id)) garbage.layers.push_back(diff_id);
    }
    for (const Digest& blob : blobs) {
      if (!is_blob_held(connection, blob)) garbage.blobs.push_back(blob);
    }
    return garbage;
  });
}

}  // namespace estiba::store
