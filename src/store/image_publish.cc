// How images come into being.

#include <fmt/format.h>

#include "base/error.h"
#include "store/durability.h"
#include "store/image_rows.h"
#include "store/image_store_parts.h"

namespace estiba::store {
namespace {

void check_manifest(const ManifestDocument& manifest) {
  if (manifest.bytes.size() > kMaxManifestBytes) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("the manifest {} is larger than {} bytes", manifest.digest.to_string(),
                            kMaxManifestBytes));
  }
}

void check_target(const TagTarget& target) {
  check_manifest(target.document);
  for (const IndexedImage& image : target.images) check_manifest(image.manifest);
}

std::vector<Digest> layers_of(const std::vector<ImageConfig>& configs) {
  std::vector<Digest> result;
  for (const ImageConfig& config : configs) {
    result.insert(result.end(), config.diff_ids.begin(), config.diff_ids.end());
  }
  return result;
}

}  // namespace

Digest ImageStore::add_intermediate(const NewImage& image) {
  const Digest id = Digest::of(image.config_bytes);
  const ImageConfig config = ImageConfig::parse(image.config_bytes);
  parts_->database.write([&](sql::Connection& connection) {
    insert_image(connection, id, image, config, /*intermediate=*/true);
  });
  return id;
}

// An index needs the layers of all of its images to survive loss of power.
void ImageStore::add_indexed_layers(const std::vector<Publication>& publications,
                                    std::vector<Digest>& diff_ids) const {
  for (const Publication& publication : publications) {
    if (!publication.target) continue;
    for (const IndexedImage& indexed : publication.target->images) {
      const ImageConfig config = get(indexed.image_id).config;
      diff_ids.insert(diff_ids.end(), config.diff_ids.begin(), config.diff_ids.end());
    }
  }
}

Digest ImageStore::publish(const NewImage& image, const std::vector<Reference>& tags,
                           const std::optional<ManifestDocument>& manifest,
                           const std::vector<Repository>& known_in) {
  return publish({{.image = image, .tags = tags, .manifest = manifest, .known_in = known_in}})
      .front();
}

std::vector<Digest> ImageStore::publish(const std::vector<Publication>& publications) {
  std::vector<Digest> ids;
  std::vector<ImageConfig> configs;
  for (const Publication& publication : publications) {
    if (publication.manifest) check_manifest(*publication.manifest);
    if (publication.target) check_target(*publication.target);
    ids.push_back(Digest::of(publication.image.config_bytes));
    configs.push_back(ImageConfig::parse(publication.image.config_bytes));
  }
  std::vector<Digest> diff_ids = layers_of(configs);
  add_indexed_layers(publications, diff_ids);
  for (;;) {
    const std::vector<LayerRow> synced = sync_layers(parts_->database, parts_->files, diff_ids);
    const bool done = parts_->database.write_durably([&](sql::Connection& connection) {
      if (!mark_durable(connection, diff_ids, synced)) return false;
      for (std::size_t i = 0; i < publications.size(); ++i) {
        const Publication& publication = publications[i];
        insert_image(connection, ids[i], publication.image, configs[i], /*intermediate=*/false);
        std::optional<Digest> target;
        if (publication.target) {
          insert_tag_target(connection, *publication.target);
          target = publication.target->document.digest;
        }
        for (const Reference& tag : publication.tags) set_tag(connection, tag, ids[i], target);
        if (publication.manifest) {
          insert_manifest(connection, ids[i], *publication.manifest, publication.known_in);
        }
      }
      return true;
    });
    if (done) return ids;
  }
}

}  // namespace estiba::store
