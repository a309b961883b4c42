// Giving back the space of layers and blobs that nothing holds any more.
//
// In two steps, so that a crash between them leaves a file without a row (garbage), never a row
// without its file (damage): rows go in one write transaction; their files go in a second one,
// which looks again whether they came back meanwhile.
#pragma once

#include <cstdint>
#include <vector>

#include "oci/digest.h"

namespace estiba::sql {
class Connection;
}

namespace estiba::store {

class BlobStore;
class Database;
class LayerFiles;
class TemporaryArea;

// Rows that were deleted and whose files are to follow.
struct DroppedRows {
  std::vector<Digest> layers;
  std::vector<Digest> blobs;  // their claims
};

// Thread-safe.
class Collector {
 public:
  Collector(Database& database, const LayerFiles& files, BlobStore& blobs, TemporaryArea& temporary)
      : database_(database), files_(files), blobs_(blobs), temporary_(temporary) {}

  // Deletes those rows among `candidates` that no image, cache entry or live lease holds. Part of
  // the caller's write transaction, after delete_void_leases().
  static DroppedRows drop_rows(sql::Connection& connection, const std::vector<Digest>& candidates);
  // All layers that nothing holds.
  [[nodiscard]] static std::vector<Digest> unheld_layers(sql::Connection& connection);

  // The second step: removes the files and returns the bytes that became free.
  std::uint64_t remove_files(const DroppedRows& dropped);

  // Files that no row speaks of, as killed processes leave them.
  [[nodiscard]] DroppedRows find_garbage();

 private:
  Database& database_;
  const LayerFiles& files_;
  BlobStore& blobs_;
  TemporaryArea& temporary_;
};

}  // namespace estiba::store
