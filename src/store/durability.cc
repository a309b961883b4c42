#include "store/durability.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "store/blob_store.h"
#include "store/database.h"
#include "store/image_deletion.h"
#include "store/layer_files.h"
#include "store/temporary_area.h"

namespace estiba::store {
namespace {

// Twice the time after which the kernel writes dirty pages back (vm.dirty_expire_centisecs).
constexpr std::chrono::seconds kWritebackAge{60};

void sync_path(const std::string& path) {
  const UniqueFd file = open_file(path, O_RDONLY);
  sync_file(file.get(), path);
}

void sync_layer(const LayerFiles& files, const LayerRow& row) {
  if (row.has_tar) sync_path(files.tar(row.diff_id));
  if (row.has_index) sync_path(files.index(row.diff_id));
  if (row.has_tree) {
    // Thousands of files: one request for the filesystem is faster than one for each.
    sync_filesystem(files.tree(row.diff_id));
  }
  sync_directory(files.directory(row.diff_id));
}

void drop_layer(sql::Connection& connection, const std::string& diff_id) {
  std::vector<std::string> images;
  for (const sql::Statement& row :
       connection.query("SELECT DISTINCT image_id FROM image_layers WHERE diff_id = $1", diff_id)) {
    images.push_back(row.text(0));
  }
  for (const std::string& image : images) {
    connection.execute("DELETE FROM containers WHERE image_id = $1", image);
    delete_image_rows(connection, Digest::parse(image));
  }
  connection.execute("DELETE FROM build_cache WHERE layer = $1", diff_id);
  connection.execute("DELETE FROM layer_blobs WHERE diff_id = $1", diff_id);
  connection.execute("DELETE FROM layers WHERE diff_id = $1", diff_id);
}

bool has_blob(sql::Connection& connection, const BlobStore& blobs, const Digest& diff_id) {
  const std::vector<BlobClaim> claims = find_claims(connection, diff_id);
  return std::any_of(claims.begin(), claims.end(),
                     [&](const BlobClaim& claim) { return blobs.contains(claim.blob.digest); });
}

}  // namespace

std::vector<LayerRow> sync_layers(Database& database, const LayerFiles& files,
                                  const std::vector<Digest>& diff_ids) {
  const std::int64_t older_than = to_column(now() - kWritebackAge);
  const std::vector<LayerRow> rows = database.read([&](sql::Connection& connection) {
    return find_layers_to_sync(connection, diff_ids, older_than);
  });
  std::vector<LayerRow> synced;
  std::set<std::string> parents;
  for (const LayerRow& row : rows) {
    try {
      sync_layer(files, row);
    } catch (const Error& error) {
      const bool wanted =
          std::find(diff_ids.begin(), diff_ids.end(), row.diff_id) != diff_ids.end();
      // One that nobody asked for may be removed at any time.
      if (wanted || error.code() != ErrorCode::kNotFound) throw;
      continue;
    }
    parents.insert(files.root() + "/" + algorithm_name(row.diff_id));
    synced.push_back(row);
  }
  for (const std::string& parent : parents) sync_directory(parent);
  return synced;
}

bool mark_durable(sql::Connection& connection, const std::vector<Digest>& diff_ids,
                  const std::vector<LayerRow>& synced) {
  const auto is_synced = [&](const LayerRow& row) {
    return row.durable || std::find(synced.begin(), synced.end(), row) != synced.end();
  };
  for (const Digest& diff_id : diff_ids) {
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    if (row && !is_synced(*row)) return false;
  }
  for (const LayerRow& row : synced) {
    if (find_layer(connection, row.diff_id) != row) continue;
    connection.execute("UPDATE layers SET durable = 1 WHERE diff_id = $1", row.diff_id.to_string());
  }
  return true;
}

void forget_lost_layers(Database& database, const LayerFiles& files, const BlobStore& blobs,
                        TemporaryArea& temporary) {
  const std::string& boot_id = database.boot_id();
  constexpr std::string_view kLost =
      "SELECT diff_id FROM layers WHERE durable = 0 AND boot_id <> $1";
  const bool any = database.read(
      [&](sql::Connection& connection) { return connection.query(kLost, boot_id).step(); });
  if (!any) return;
  std::vector<Digest> lost;
  database.write([&](sql::Connection& connection) {
    for (const sql::Statement& row : connection.query(kLost, boot_id)) {
      lost.push_back(Digest::parse(row.text(0)));
    }
    for (const Digest& diff_id : lost) {
      if (has_blob(connection, blobs, diff_id)) {
        connection.execute(
            "UPDATE layers SET has_tar = 0, has_index = 0, has_tree = 0, durable = 1"
            " WHERE diff_id = $1",
            diff_id.to_string());
      } else {
        drop_layer(connection, diff_id.to_string());
      }
    }
  });
  // Rows first, files after; a file whose row came back meanwhile belongs to that row.
  database.write([&](sql::Connection& connection) {
    for (const Digest& diff_id : lost) {
      const std::optional<LayerRow> row = find_layer(connection, diff_id);
      if (!row || !row->has_tar) temporary.discard(files.directory(diff_id));
    }
  });
}

}  // namespace estiba::store
