// What the tables of images, tags and manifests say. All of it runs inside the caller's
// transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/connection.h"
#include "store/image_store.h"

namespace estiba::store {

[[nodiscard]] bool has_image(sql::Connection& connection, const Digest& id);
// Parses the config: kDataLoss when it does not match its ID.
[[nodiscard]] std::optional<Image> read_image(sql::Connection& connection, const Digest& id);

// Adds the image and its layers' order. An existing one is left as it is, but stops to be
// intermediate when `intermediate` is false. kConflict when a layer is not in the store.
void insert_image(sql::Connection& connection, const Digest& id, const NewImage& image,
                  const ImageConfig& config, bool intermediate);

// `target` is the digest of a manifest or index that is there already.
void set_tag(sql::Connection& connection, const Reference& reference, const Digest& id,
             const std::optional<Digest>& target = std::nullopt);
// Adds the documents of a tag's target; the images of an index are there already.
void insert_tag_target(sql::Connection& connection, const TagTarget& target);
[[nodiscard]] std::optional<TagTarget> read_tag_target(sql::Connection& connection,
                                                       const Reference& reference);
void insert_manifest(sql::Connection& connection, const Digest& id,
                     const ManifestDocument& manifest, const std::vector<Repository>& known_in);

[[nodiscard]] std::vector<Reference> tags_of_image(sql::Connection& connection, const Digest& id);
[[nodiscard]] std::vector<RepositoryDigest> digests_of_image(sql::Connection& connection,
                                                             const Digest& id);
// Unique diff IDs.
[[nodiscard]] std::vector<Digest> layers_of_image(sql::Connection& connection, const Digest& id);
[[nodiscard]] std::optional<Digest> parent_of_image(sql::Connection& connection, const Digest& id);

// The image that a reference's digest, else its tag, points at.
[[nodiscard]] std::optional<Digest> resolve_reference(sql::Connection& connection,
                                                      const Reference& reference);
// The image whose ID begins so; kInvalidArgument when there are several.
[[nodiscard]] std::optional<Digest> resolve_id_prefix(sql::Connection& connection,
                                                      std::string_view hex);

// What a name means.
struct ResolvedName {
  Digest id;
  std::optional<Reference> reference;  // empty when the name is an ID
};
// In docker's order: a whole ID, a name with tag or digest, the beginning of an ID.
[[nodiscard]] std::optional<ResolvedName> resolve_name(sql::Connection& connection,
                                                       std::string_view name);

}  // namespace estiba::store
