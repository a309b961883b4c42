#include "store/builder_cache.h"

#include <algorithm>
#include <map>

#include "store/cache_mounts.h"
#include "store/context_memory.h"
#include "store/disk_size.h"
#include "store/image_deletion.h"
#include "store/image_rows.h"
#include "store/lease.h"
#include "store/store_parts.h"

namespace estiba::store {
namespace {

BuilderCacheEntry step_entry(const sql::Statement& row) {
  BuilderCacheEntry entry;
  const Digest key = Digest::parse(row.text(0));
  entry.id = key.hex();
  entry.keys = {key};
  if (const auto layer = row.optional_text(1)) entry.layer = Digest::parse(*layer);
  entry.description = row.text(2);
  entry.created = time_from_column(row.integer(3));
  entry.last_used = time_from_column(row.integer(4));
  entry.shared = row.boolean(5);
  entry.in_use = row.boolean(6);
  return entry;
}

std::vector<BuilderCacheEntry> step_entries(sql::Connection& connection) {
  std::vector<BuilderCacheEntry> entries;
  std::map<Digest, std::size_t> of_layer;
  sql::Statement query = connection.query(
      "SELECT key, layer, description, created, last_used,"
      " EXISTS (SELECT 1 FROM image_layers JOIN images ON id = image_id"
      "   WHERE diff_id = layer AND intermediate = 0),"
      " EXISTS (SELECT 1 FROM lease_items WHERE kind = 'layer' AND digest = layer)"
      " FROM build_cache ORDER BY key");
  for (const sql::Statement& row : query) {
    BuilderCacheEntry entry = step_entry(row);
    if (entry.layer) {
      const auto [place, is_new] = of_layer.emplace(*entry.layer, entries.size());
      if (!is_new) {
        BuilderCacheEntry& same = entries[place->second];
        same.keys.push_back(entry.keys.front());
        same.last_used = std::max(same.last_used, entry.last_used);
        continue;
      }
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

// Steps' images that stand on a layer whose step is forgotten hold it for nobody.
void delete_images_on(sql::Connection& connection, const std::vector<Digest>& layers) {
  ImageDeletion deletion(connection);
  for (const Digest& layer : layers) {
    std::vector<Digest> images;
    sql::Statement query = connection.query(
        "SELECT id FROM images JOIN image_layers ON id = image_id"
        " WHERE intermediate = 1 AND diff_id = $1",
        layer.to_string());
    for (const sql::Statement& row : query) images.push_back(Digest::parse(row.text(0)));
    for (const Digest& id : images) {
      if (has_image(connection, id)) deletion.try_delete(id);
    }
  }
}

DroppedRows forget_steps(sql::Connection& connection,
                         const std::vector<BuilderCacheEntry>& entries) {
  delete_void_leases(connection);
  std::vector<Digest> layers;
  for (const BuilderCacheEntry& entry : entries) {
    for (const Digest& key : entry.keys) {
      connection.execute("DELETE FROM build_cache WHERE key = $1", key.to_string());
    }
    if (entry.layer) layers.push_back(*entry.layer);
  }
  delete_images_on(connection, layers);
  return Collector::drop_rows(connection, layers);
}

}  // namespace

std::vector<BuilderCacheEntry> list_builder_cache(Store& store) {
  Store::Parts& parts = store.parts();
  std::vector<BuilderCacheEntry> entries = parts.database.write([](sql::Connection& connection) {
    delete_void_leases(connection);
    return step_entries(connection);
  });
  for (BuilderCacheEntry& entry : entries) {
    if (entry.layer) entry.size_bytes = disk_size_bytes(parts.layer_files.directory(*entry.layer));
  }
  for (CacheMountInfo& mount : CacheMounts(store).list()) {
    entries.push_back({.is_mount = true,
                       .id = std::move(mount.name),
                       .keys = {},
                       .layer = {},
                       .description = std::move(mount.description),
                       .created = mount.created,
                       .last_used = mount.last_used,
                       .size_bytes = mount.size_bytes,
                       .shared = false,
                       .in_use = mount.in_use});
  }
  std::ranges::stable_sort(entries, {}, &BuilderCacheEntry::last_used);
  return entries;
}

BuilderPruned prune_builder_cache(Store& store, const BuilderPruneOptions& options) {
  Store::Parts& parts = store.parts();
  std::vector<BuilderCacheEntry> entries = list_builder_cache(store);
  std::uint64_t left_bytes = 0;
  for (const BuilderCacheEntry& entry : entries) left_bytes += entry.size_bytes;

  BuilderPruned pruned;
  std::vector<BuilderCacheEntry> steps;
  for (BuilderCacheEntry& entry : entries) {
    if (options.keep_bytes && left_bytes <= *options.keep_bytes) break;
    if (entry.in_use || (entry.shared && !options.all)) continue;
    if (options.filter && !options.filter(entry)) continue;
    left_bytes -= entry.size_bytes;
    if (!entry.is_mount) {
      steps.push_back(std::move(entry));
    } else if (CacheMounts(store).remove(entry.id)) {
      pruned.reclaimed_bytes += entry.size_bytes;
      pruned.entries.push_back(std::move(entry));
    }
  }
  // Synced: after loss of power no row may come back whose files are gone.
  const DroppedRows dropped = parts.database.write_durably(
      [&](sql::Connection& connection) { return forget_steps(connection, steps); });
  pruned.reclaimed_bytes += parts.collector.remove_files(dropped);
  pruned.entries.insert(pruned.entries.end(), steps.begin(), steps.end());
  const bool everything = !options.keep_bytes && !options.filter;
  if (everything) pruned.reclaimed_bytes += forget_contexts(parts.root);
  store.sweep();
  return pruned;
}

}  // namespace estiba::store
