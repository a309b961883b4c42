// Images by ID (the digest of their config), the tags that point at them, and the manifests under
// which registries know them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/reference.h"

namespace estiba::store {

class Database;

struct NewImage {
  std::string config_bytes;      // exact; the ID is their digest
  std::optional<Digest> parent;  // the image this one was built on
};

struct Image {
  Digest id;
  std::string config_bytes;
  ImageConfig config;
  std::optional<Digest> parent;
  bool intermediate = false;     // a build step's image that nobody asked for by itself
  std::uint64_t size_bytes = 0;  // sum of its layers' uncompressed sizes, where known
};

// A manifest's exact bytes.
struct ManifestDocument {
  MediaType media_type;
  std::string bytes;
  Digest digest;
};

struct RepositoryDigest {
  Repository repository;
  Digest manifest;
};

struct ImageListing {
  Digest id;
  std::vector<Reference> tags;                       // sorted
  std::vector<RepositoryDigest> repository_digests;  // sorted
  std::optional<Timestamp> created;
  std::uint64_t size_bytes = 0;
  bool intermediate = false;
  std::optional<Digest> parent;
};

struct Removal {
  std::vector<Reference> untagged;
  std::vector<RepositoryDigest> untagged_digests;
  std::vector<Digest> deleted_images;
  std::vector<Digest> deleted_layers;  // diff IDs
  std::uint64_t reclaimed_bytes = 0;
};

// An image in an index, under its exact manifest.
struct IndexedImage {
  Digest image_id;
  ManifestDocument manifest;
};

// What a tag stands for where more than the image was decided when it was built: an exact manifest
// (`images` is empty then), or an index over several images.
struct TagTarget {
  ManifestDocument document;
  std::vector<IndexedImage> images{};
};

// An image to be made public, and the names that it gets.
struct Publication {
  NewImage image;
  std::vector<Reference> tags;
  std::optional<ManifestDocument> manifest;
  std::vector<Repository> known_in;  // repositories whose registry knows it by that manifest
  std::optional<TagTarget>
      target{};  // of all its tags; the images of an index are published by this
};

// Thread-safe.
class ImageStore {
 public:
  struct Parts;
  explicit ImageStore(std::unique_ptr<Parts> parts);
  ~ImageStore();

  // Records a step's image; its layers must be present. Adding one that exists changes nothing.
  // Visible to the build cache at once, to listings only with `all`.
  Digest add_intermediate(const NewImage& image);
  // Makes the image and all it needs durable, then points `tags` at it; all or nothing. A manifest
  // under which a registry knows it may come along. After this returns the image survives power
  // loss.
  Digest publish(const NewImage& image, const std::vector<Reference>& tags,
                 const std::optional<ManifestDocument>& manifest = std::nullopt,
                 const std::vector<Repository>& known_in = {});
  // The same for several images: all or nothing.
  std::vector<Digest> publish(const std::vector<Publication>& publications);

  // By name, tag, repository@digest, ID or unique ID prefix ("sha256:" optional).
  // kNotFound: "No such image: X"; kInvalidArgument for an ambiguous prefix.
  [[nodiscard]] Image find(std::string_view name) const;
  [[nodiscard]] std::optional<Image> try_find(std::string_view name) const;
  [[nodiscard]] std::optional<Image> try_find(const Reference& reference) const;
  [[nodiscard]] Image get(const Digest& id) const;
  [[nodiscard]] std::vector<ImageListing> list(bool all) const;  // newest first
  [[nodiscard]] ImageListing listing(const Digest& id) const;
  // The image and its ancestors while they are known, newest first.
  [[nodiscard]] std::vector<Digest> lineage(const Digest& id) const;

  // The tag gets the `target` of the name that it is a copy of, if any.
  void tag(const Digest& id, const Reference& reference,
           const std::optional<TagTarget>& target = std::nullopt);
  // Nothing for a tag that stands for its image alone, for a digest, and for what is unknown.
  [[nodiscard]] std::optional<TagTarget> target_of(const Reference& reference) const;
  [[nodiscard]] std::optional<TagTarget> target_of(std::string_view name) const;
  [[nodiscard]] std::vector<Reference> tags_of(const Repository& repository) const;
  // A manifest under which the image is known (pulled or pushed); exact bytes.
  void add_manifest(const Digest& id, const ManifestDocument& manifest,
                    const Repository& repository);
  [[nodiscard]] std::vector<ManifestDocument> manifests(const Digest& id) const;

  // docker rmi: removes the tag that `name` says, or the image with all of its tags when it names
  // an ID (several repositories need `force`); the last tag takes the image along. kConflict when a
  // container or a child image needs it. Layers go when nothing else holds them.
  struct RemoveOptions {
    bool force = false;
    bool keep_parents = false;
  };
  Removal remove(std::string_view name, const RemoveOptions& options);

 private:
  void add_indexed_layers(const std::vector<Publication>& publications,
                          std::vector<Digest>& diff_ids) const;

  std::unique_ptr<Parts> parts_;
};

}  // namespace estiba::store
