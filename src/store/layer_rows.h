// What the tables `layers` and `layer_blobs` say. All of it runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "sql/connection.h"

namespace estiba::store {

struct LayerRow {
  Digest diff_id;
  std::uint64_t size_bytes = 0;  // uncompressed; a guess unless has_tar
  bool has_tar = false;
  bool has_index = false;
  bool has_tree = false;
  bool durable = false;

  friend bool operator==(const LayerRow&, const LayerRow&) = default;
};

[[nodiscard]] std::optional<LayerRow> find_layer(sql::Connection& connection,
                                                 const Digest& diff_id);
// Layers whose files were made in this boot and are not synced: those in `diff_ids`, and all made
// before `older_than` (the kernel has written them back by itself).
[[nodiscard]] std::vector<LayerRow> find_layers_to_sync(sql::Connection& connection,
                                                        const std::vector<Digest>& diff_ids,
                                                        std::int64_t older_than);

// A blob that claims to be a layer.
struct BlobClaim {
  Descriptor blob;
  bool verified = false;
  std::string made_by{};  // see recipe_name(); empty: it came from elsewhere
};
// Verified ones first, then those learned last.
[[nodiscard]] std::vector<BlobClaim> find_claims(sql::Connection& connection,
                                                 const Digest& diff_id);

}  // namespace estiba::store
