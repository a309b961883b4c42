// The images of a store as one tree: which layers they share, and what each adds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "oci/digest.h"

namespace estiba::cli {

struct TreeLayer {
  Digest diff_id;
  std::uint64_t size_bytes = 0;
};

struct TreeImage {
  std::string name;               // its tags, or what stands for them
  std::vector<TreeLayer> layers;  // lowest first
};

// A line stands for a run of layers that ends where an image does or where images part, and a last
// line says what sharing saves.
[[nodiscard]] std::string image_tree(const std::vector<TreeImage>& images);

}  // namespace estiba::cli
