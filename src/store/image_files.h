// The files of images of this store, from their layers.
#pragma once

#include <stop_token>
#include <vector>

#include "archive/listing/image_tree.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::store {

// One tree for each image; a layer that several have is read once. Layers of which there is only a
// blob get their tars.
[[nodiscard]] std::vector<archive::ImageTree> list_images_files(Store& store,
                                                                const std::vector<Image>& images,
                                                                const std::stop_token& stop);

}  // namespace estiba::store
