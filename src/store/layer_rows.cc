#include "store/layer_rows.h"

#include <algorithm>

namespace estiba::store {
namespace {

constexpr std::string_view kLayerColumns = "diff_id, size, has_tar, has_index, has_tree, durable";

LayerRow read_layer(const sql::Statement& row) {
  return {
      .diff_id = Digest::parse(row.text(0)),
      .size_bytes = static_cast<std::uint64_t>(row.integer(1)),
      .has_tar = row.boolean(2),
      .has_index = row.boolean(3),
      .has_tree = row.boolean(4),
      .durable = row.boolean(5),
  };
}

}  // namespace

std::optional<LayerRow> find_layer(sql::Connection& connection, const Digest& diff_id) {
  static const std::string text =
      "SELECT " + std::string(kLayerColumns) + " FROM layers WHERE diff_id = $1";
  sql::Statement query = connection.query(text, diff_id.to_string());
  if (!query.step()) return std::nullopt;
  return read_layer(query);
}

std::vector<LayerRow> find_layers_to_sync(sql::Connection& connection,
                                          const std::vector<Digest>& diff_ids,
                                          std::int64_t older_than) {
  static const std::string text =
      "SELECT " + std::string(kLayerColumns) + " FROM layers WHERE durable = 0 AND created < $1";
  std::vector<LayerRow> result;
  for (const sql::Statement& row : connection.query(text, older_than)) {
    result.push_back(read_layer(row));
  }
  for (const Digest& diff_id : diff_ids) {
    const bool known = std::any_of(result.begin(), result.end(),
                                   [&](const LayerRow& row) { return row.diff_id == diff_id; });
    if (known) continue;
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    if (row && !row->durable) result.push_back(*row);
  }
  return result;
}

std::vector<BlobClaim> find_claims(sql::Connection& connection, const Digest& diff_id) {
  std::vector<BlobClaim> result;
  sql::Statement query = connection.query(
      "SELECT blob, media_type, size, verified, made_by FROM layer_blobs WHERE diff_id = $1"
      " ORDER BY verified DESC, learned DESC, blob",
      diff_id.to_string());
  for (const sql::Statement& row : query) {
    result.push_back({.blob = {.media_type = row.text(1),
                               .digest = Digest::parse(row.text(0)),
                               .size_bytes = static_cast<std::uint64_t>(row.integer(2))},
                      .verified = row.boolean(3),
                      .made_by = row.optional_text(4).value_or("")});
  }
  return result;
}

}  // namespace estiba::store
