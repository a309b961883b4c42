#include <memory>

#include "base/error.h"
#include "store/archive_images.h"
#include "store/archives.h"
#include "store/copy_layers.h"
#include "store/image_store.h"
#include "store/store_parts.h"
#include "store/store_sink.h"

namespace estiba::store {
namespace {

class NoObserver final : public TransferObserver {
 public:
  void layer(const std::string&, LayerPhase, std::uint64_t, std::uint64_t) override {}
};

std::vector<Digest> load_images(Store& store, const ArchiveFile& archive,
                                const std::vector<ArchivedImage>& images,
                                const std::stop_token& stop) {
  NoObserver observer;
  // Its lease holds the layers of all images until they are published together.
  StoreImageSink sink(store, {}, {});
  std::vector<Publication> publications;
  for (const ArchivedImage& image : images) {
    const std::unique_ptr<ImageSource> source = image_from_archive(archive, image);
    copy_layers(*source, sink, {}, observer, stop);
    publications.push_back({.image = {.config_bytes = image.config_bytes, .parent = std::nullopt},
                            .tags = image.tags,
                            .manifest = image.manifest,
                            .known_in = {}});
  }
  return store.images().publish(publications);
}

}  // namespace

std::vector<LoadedImage> load_archive(Store& store, int in_fd, std::stop_token stop) {
  const ArchiveFile archive = ArchiveFile::open(store.parts().temporary, in_fd, stop);
  const std::vector<ArchivedImage> images = read_archive_images(archive);
  const std::vector<Digest> ids = load_images(store, archive, images, stop);
  std::vector<LoadedImage> loaded;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    loaded.push_back({.id = ids[i], .tags = images[i].tags});
  }
  return loaded;
}

Digest load_layout_image(Store& store, int in_fd, const LayoutChoice& choice,
                         std::stop_token stop) {
  const ArchiveFile archive = ArchiveFile::open(store.parts().temporary, in_fd, stop);
  return load_images(store, archive, {read_oci_image(archive, choice)}, stop).front();
}

}  // namespace estiba::store
