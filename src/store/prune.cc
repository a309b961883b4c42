#include <algorithm>

#include "store/cache_mounts.h"
#include "store/context_memory.h"
#include "store/image_deletion.h"
#include "store/image_rows.h"
#include "store/lease.h"
#include "store/maintenance.h"
#include "store/store_parts.h"

namespace estiba::store {
namespace {

std::vector<Digest> image_ids(sql::Connection& connection, std::string_view text) {
  std::vector<Digest> result;
  for (const sql::Statement& row : connection.query(text)) {
    result.push_back(Digest::parse(row.text(0)));
  }
  return result;
}

void record_names(sql::Connection& connection, const Digest& id, Removal& removal) {
  for (const Reference& tag : tags_of_image(connection, id)) removal.untagged.push_back(tag);
  for (const RepositoryDigest& digest : digests_of_image(connection, id)) {
    removal.untagged_digests.push_back(digest);
  }
}

// Deletes images until nothing more may go: an image may go once those built on it are gone.
void delete_images(sql::Connection& connection, const PruneOptions& options,
                   ImageDeletion& deletion, Removal& removal) {
  constexpr std::string_view kUntagged =
      "SELECT id FROM images WHERE intermediate = 0"
      " AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.image_id = images.id)";
  constexpr std::string_view kAll = "SELECT id FROM images WHERE intermediate = 0";
  for (bool progress = true; progress;) {
    progress = false;
    for (const Digest& id : image_ids(connection, options.all_images ? kAll : kUntagged)) {
      const std::optional<Digest> parent = parent_of_image(connection, id);
      Removal names;
      record_names(connection, id, names);
      if (!deletion.try_delete(id)) continue;
      progress = true;
      deletion.delete_unused_ancestors(parent);
      removal.untagged.insert(removal.untagged.end(), names.untagged.begin(), names.untagged.end());
      removal.untagged_digests.insert(removal.untagged_digests.end(),
                                      names.untagged_digests.begin(), names.untagged_digests.end());
    }
  }
}

// Cache entries, and steps' images that no image in use was built on.
std::uint64_t delete_build_cache(sql::Connection& connection, ImageDeletion& deletion) {
  const std::int64_t entries = connection.execute("DELETE FROM build_cache");
  for (const Digest& id : image_ids(connection, "SELECT id FROM images WHERE intermediate = 1")) {
    if (has_image(connection, id)) deletion.try_delete(id);
  }
  return static_cast<std::uint64_t>(entries);
}

// Returns the bytes that became free; those that a build uses stay.
std::uint64_t remove_cache_mounts(Store& store, Pruned& pruned) {
  std::uint64_t freed_bytes = 0;
  CacheMounts mounts(store);
  for (const CacheMountInfo& mount : mounts.list()) {
    if (!mounts.remove(mount.name)) continue;
    freed_bytes += mount.size_bytes;
    ++pruned.build_cache_entries;
  }
  return freed_bytes;
}

}  // namespace

Pruned prune(Store& store, const PruneOptions& options) {
  Store::Parts& parts = store.parts();
  Pruned pruned;
  // Before our own files join the trash.
  const std::uint64_t leftover_bytes = parts.temporary.garbage_bytes();
  DroppedRows dropped;
  // Synced: after loss of power no row may come back whose files are gone.
  parts.database.write_durably([&](sql::Connection& connection) {
    delete_void_leases(connection);
    ImageDeletion deletion(connection);
    delete_images(connection, options, deletion, pruned.images);
    if (options.build_cache) pruned.build_cache_entries = delete_build_cache(connection, deletion);
    pruned.images.deleted_images = deletion.images();
    dropped = Collector::drop_rows(connection, Collector::unheld_layers(connection));
    connection.execute(
        "DELETE FROM blob_locations WHERE"
        " NOT EXISTS (SELECT 1 FROM layer_blobs l WHERE l.blob = blob_locations.blob)");
  });
  pruned.images.deleted_layers = dropped.layers;
  pruned.images.reclaimed_bytes = parts.collector.remove_files(dropped);
  if (options.build_cache) pruned.reclaimed_bytes += forget_contexts(parts.root);
  if (options.build_cache) pruned.reclaimed_bytes += remove_cache_mounts(store, pruned);
  pruned.reclaimed_bytes += leftover_bytes + pruned.images.reclaimed_bytes +
                            parts.collector.remove_files(parts.collector.find_garbage());
  store.sweep();
  return pruned;
}

}  // namespace estiba::store
