// Taking images out of the tables. All of it runs inside the caller's write transaction, after
// delete_void_leases().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "sql/connection.h"

namespace estiba::store {

// Deletes the image with its tags and manifests. No container may stand on it.
void delete_image_rows(sql::Connection& connection, const Digest& id);

// A container that stands on the image.
[[nodiscard]] std::optional<std::string> container_of_image(sql::Connection& connection,
                                                            const Digest& id);
// Whether a tag that points at another image needs it as a part of its index.
[[nodiscard]] bool is_in_tagged_index(sql::Connection& connection, const Digest& id);
// Whether a running process needs it.
[[nodiscard]] bool is_image_leased(sql::Connection& connection, const Digest& id);
// Whether an image that somebody asked for, has a container of or is working on was built on it.
[[nodiscard]] bool has_needed_descendant(sql::Connection& connection, const Digest& id);

// Deletes images and remembers what that set free.
class ImageDeletion {
 public:
  explicit ImageDeletion(sql::Connection& connection) : connection_(connection) {}

  // Deletes the image with the steps' images that were built on it. False when a container, a
  // running process or a needed descendant stands in the way.
  bool try_delete(const Digest& id);
  // Deletes from `parent` upwards those that have neither name, child nor user.
  void delete_unused_ancestors(std::optional<Digest> parent);

  [[nodiscard]] const std::vector<Digest>& images() const { return images_; }
  // Layers of deleted images; others may hold them too.
  [[nodiscard]] const std::vector<Digest>& layers() const { return layers_; }

 private:
  void delete_one(const Digest& id);

  sql::Connection& connection_;
  std::vector<Digest> images_;
  std::vector<Digest> layers_;
};

}  // namespace estiba::store
