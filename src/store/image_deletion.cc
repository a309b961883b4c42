#include "store/image_deletion.h"

#include "store/image_rows.h"

namespace estiba::store {
namespace {

// All that was built on image $1, directly or not.
constexpr std::string_view kDescendants =
    "WITH RECURSIVE descendants(id) AS ("
    "  SELECT id FROM images WHERE parent = $1"
    "  UNION SELECT i.id FROM images i JOIN descendants d ON i.parent = d.id) ";

std::vector<Digest> descendants(sql::Connection& connection, const Digest& id) {
  std::vector<Digest> result;
  sql::Statement query = connection.query(
      std::string(kDescendants) + "SELECT id FROM descendants WHERE id <> $1", id.to_string());
  for (const sql::Statement& row : query) result.push_back(Digest::parse(row.text(0)));
  return result;
}

bool has_child(sql::Connection& connection, const Digest& id) {
  return connection.query("SELECT 1 FROM images WHERE parent = $1", id.to_string()).step();
}

}  // namespace

void delete_image_rows(sql::Connection& connection, const Digest& id) {
  const std::string text = id.to_string();
  connection.execute("DELETE FROM tags WHERE image_id = $1", text);
  connection.execute("DELETE FROM repository_digests WHERE image_id = $1", text);
  connection.execute("DELETE FROM images WHERE id = $1", text);
  connection.execute(
      "DELETE FROM manifests WHERE"
      " NOT EXISTS (SELECT 1 FROM image_manifests i WHERE i.digest = manifests.digest)"
      " AND NOT EXISTS (SELECT 1 FROM repository_digests r WHERE r.digest = manifests.digest)"
      " AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.target = manifests.digest)"
      " AND NOT EXISTS (SELECT 1 FROM index_images x JOIN tags t ON t.target = x.digest"
      "   WHERE x.manifest = manifests.digest)");
}

bool is_in_tagged_index(sql::Connection& connection, const Digest& id) {
  return connection
      .query(
          "SELECT 1 FROM index_images x JOIN tags t ON t.target = x.digest"
          " WHERE x.image_id = $1 AND t.image_id <> $1",
          id.to_string())
      .step();
}

std::optional<std::string> container_of_image(sql::Connection& connection, const Digest& id) {
  sql::Statement query =
      connection.query("SELECT id FROM containers WHERE image_id = $1", id.to_string());
  if (!query.step()) return std::nullopt;
  return query.text(0);
}

bool is_image_leased(sql::Connection& connection, const Digest& id) {
  return connection
      .query("SELECT 1 FROM lease_items WHERE kind = 'image' AND digest = $1", id.to_string())
      .step();
}

bool has_needed_descendant(sql::Connection& connection, const Digest& id) {
  return connection
      .query(std::string(kDescendants) +
                 "SELECT 1 FROM descendants JOIN images USING (id) WHERE id <> $1"
                 " AND (intermediate = 0"
                 "   OR EXISTS (SELECT 1 FROM containers c WHERE c.image_id = id)"
                 "   OR EXISTS (SELECT 1 FROM index_images x JOIN tags t ON t.target = x.digest"
                 "     WHERE x.image_id = id)"
                 "   OR EXISTS (SELECT 1 FROM lease_items l"
                 "     WHERE l.kind = 'image' AND l.digest = id))"
                 " LIMIT 1",
             id.to_string())
      .step();
}

bool ImageDeletion::try_delete(const Digest& id) {
  if (container_of_image(connection_, id) || is_image_leased(connection_, id) ||
      is_in_tagged_index(connection_, id) || has_needed_descendant(connection_, id)) {
    return false;
  }
  for (const Digest& descendant : descendants(connection_, id)) delete_one(descendant);
  delete_one(id);
  return true;
}

void ImageDeletion::delete_unused_ancestors(std::optional<Digest> parent) {
  while (parent && has_image(connection_, *parent)) {
    const Digest id = *parent;
    const bool is_named =
        !tags_of_image(connection_, id).empty() || !digests_of_image(connection_, id).empty();
    if (is_named || has_child(connection_, id)) return;
    parent = parent_of_image(connection_, id);
    if (!try_delete(id)) return;
  }
}

void ImageDeletion::delete_one(const Digest& id) {
  for (const Digest& layer : layers_of_image(connection_, id)) layers_.push_back(layer);
  delete_image_rows(connection_, id);
  images_.push_back(id);
}

}  // namespace estiba::store
