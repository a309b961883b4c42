// From the images that a build made, one for each platform, to the one document that a tag names.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "build/output_spec.h"
#include "oci/platform.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::build {

struct BuiltImage {
  Platform platform;
  Digest id;
  std::size_t base_layers = 0;  // so many of its layers are those of the image it stands on
};

// Compresses the layers as the output says and writes the manifest: of one image, or of an index
// when there are several or the index has annotations.
[[nodiscard]] store::TagTarget make_tag_target(store::Store& store,
                                               const std::vector<BuiltImage>& images,
                                               const OutputSpec& output, std::stop_token stop);

}  // namespace estiba::build
