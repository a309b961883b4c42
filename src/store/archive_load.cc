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

}  // namespace

std::vector<LoadedImage> load_archive(Store& store, int in_fd, std::stop_token stop) {
  return load_archive(store, in_fd, LoadedNames::kKept, std::move(stop));
}

std::vector<LoadedImage> load_archive(Store& store, int in_fd, LoadedNames names,
                                      std::stop_token stop) {
  const ArchiveFile archive = ArchiveFile::open(store.parts().temporary, in_fd, stop);
  std::vector<ArchivedImage> images = read_archive_images(archive);
  if (names == LoadedNames::kDropped) {
    for (ArchivedImage& image : images) image.tags.clear();
  }
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
  const std::vector<Digest> ids = store.images().publish(publications);
  std::vector<LoadedImage> loaded;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    loaded.push_back({.id = ids[i], .tags = images[i].tags});
  }
  return loaded;
}

}  // namespace estiba::store
