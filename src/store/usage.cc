#include <fcntl.h>

#include <map>
#include <set>

#include "base/fd.h"
#include "fs/tree.h"
#include "store/cache_mounts.h"
#include "store/disk_size.h"
#include "store/layer_rows.h"
#include "store/maintenance.h"
#include "store/store_parts.h"

namespace estiba::store {
namespace {

// Everything that is asked of the tables, in one consistent state.
struct Holdings {
  std::uint64_t images = 0;
  std::uint64_t active_images = 0;
  std::set<Digest> image_layers;                // of images that somebody asked for
  std::set<Digest> active_layers;               // of images with containers
  std::set<Digest> cache_layers;                // of cache entries and steps' images
  std::map<Digest, std::vector<Digest>> blobs;  // of each layer
  std::uint64_t cache_entries = 0;
  std::uint64_t containers = 0;
};

std::set<Digest> digests(sql::Connection& connection, std::string_view text) {
  std::set<Digest> result;
  for (const sql::Statement& row : connection.query(text)) {
    result.insert(Digest::parse(row.text(0)));
  }
  return result;
}

std::uint64_t count(sql::Connection& connection, std::string_view text) {
  sql::Statement query = connection.query(text);
  return query.step() ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

Holdings read_holdings(sql::Connection& connection) {
  Holdings holdings;
  holdings.images = count(connection, "SELECT count(*) FROM images WHERE intermediate = 0");
  holdings.active_images = count(connection, "SELECT count(DISTINCT image_id) FROM containers");
  holdings.cache_entries = count(connection, "SELECT count(*) FROM build_cache");
  holdings.containers = count(connection, "SELECT count(*) FROM containers");
  holdings.image_layers = digests(connection,
                                  "SELECT DISTINCT diff_id FROM image_layers"
                                  " JOIN images ON id = image_id WHERE intermediate = 0");
  holdings.active_layers = digests(connection,
                                   "SELECT DISTINCT diff_id FROM image_layers"
                                   " JOIN containers USING (image_id)");
  holdings.cache_layers = digests(connection,
                                  "SELECT layer FROM build_cache WHERE layer IS NOT NULL"
                                  " UNION SELECT diff_id FROM image_layers"
                                  " JOIN images ON id = image_id WHERE intermediate = 1");
  for (const sql::Statement& row : connection.query("SELECT diff_id, blob FROM layer_blobs")) {
    holdings.blobs[Digest::parse(row.text(0))].push_back(Digest::parse(row.text(1)));
  }
  return holdings;
}

std::uint64_t layer_size_bytes(const Store::Parts& parts, const Holdings& holdings,
                               const Digest& diff_id) {
  std::uint64_t total = disk_size_bytes(parts.layer_files.directory(diff_id));
  const auto blobs = holdings.blobs.find(diff_id);
  if (blobs == holdings.blobs.end()) return total;
  for (const Digest& blob : blobs->second) total += disk_size_bytes(parts.blobs.path(blob));
  return total;
}

}  // namespace

Usage disk_usage(Store& store) {
  Store::Parts& parts = store.parts();
  const Holdings holdings = parts.database.read(read_holdings);

  Usage usage;
  usage.images = {.count = holdings.images, .active = holdings.active_images};
  for (const Digest& diff_id : holdings.image_layers) {
    const std::uint64_t size_bytes = layer_size_bytes(parts, holdings, diff_id);
    usage.images.size_bytes += size_bytes;
    if (!holdings.active_layers.contains(diff_id)) usage.images.reclaimable_bytes += size_bytes;
  }
  usage.build_cache.count = holdings.cache_entries;
  for (const Digest& diff_id : holdings.cache_layers) {
    if (holdings.image_layers.contains(diff_id)) continue;
    usage.build_cache.size_bytes += layer_size_bytes(parts, holdings, diff_id);
  }
  usage.build_cache.reclaimable_bytes = usage.build_cache.size_bytes;
  for (const CacheMountInfo& mount : CacheMounts(store).list()) {
    ++usage.build_cache.count;
    usage.build_cache.size_bytes += mount.size_bytes;
    if (mount.in_use) {
      ++usage.build_cache.active;
    } else {
      usage.build_cache.reclaimable_bytes += mount.size_bytes;
    }
  }
  usage.containers.count = holdings.containers;
  usage.containers.size_bytes = disk_size_bytes(parts.root + "/containers");
  const UniqueFd volumes = open_file(parts.root + "/volumes", O_RDONLY | O_DIRECTORY);
  usage.volumes.count = fs::list_directory(volumes.get()).size();
  usage.volumes.size_bytes = disk_size_bytes(parts.root + "/volumes");
  return usage;
}

}  // namespace estiba::store
