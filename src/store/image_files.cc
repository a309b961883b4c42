#include "store/image_files.h"

#include <limits>
#include <map>

#include "archive/listing/list_layer.h"
#include "base/cancel.h"
#include "base/stream.h"
#include "fs/temp.h"
#include "store/layer_store.h"

namespace estiba::store {
namespace {

std::shared_ptr<const archive::LayerListing> list_stored_layer(Store& store, const Digest& diff_id,
                                                               const std::stop_token& stop) {
  FdSource tar(store.layers().open_tar(diff_id, stop), "a layer");
  CountingSource source(tar, [&](std::uint64_t) { throw_if_stopped(stop); });
  const fs::TemporaryDirectory scratch = store.temporary_directory();
  const auto listed = fs::TemporaryFile::create(scratch.path(), "listing");
  archive::list_layer(source, {scratch.path(), std::numeric_limits<std::uint64_t>::max()},
                      listed.fd());
  return std::make_shared<archive::LayerListing>(duplicate(listed.fd()));
}

}  // namespace

std::vector<archive::ImageTree> list_images_files(Store& store, const std::vector<Image>& images,
                                                  const std::stop_token& stop) {
  std::map<Digest, std::shared_ptr<const archive::LayerListing>> listed;
  std::vector<archive::ImageTree> trees;
  for (const Image& image : images) {
    archive::ImageTree::Layers layers;
    for (const Digest& diff_id : image.config.diff_ids) {
      auto& listing = listed[diff_id];
      if (!listing) listing = list_stored_layer(store, diff_id, stop);
      layers.push_back(listing);
    }
    trees.emplace_back(std::move(layers));
  }
  return trees;
}

}  // namespace estiba::store
