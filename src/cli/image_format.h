// Images as docker's commands show them.
#pragma once

#include <string>

#include "store/image_store.h"

namespace estiba::cli {

// The object of `docker image inspect` (Go field names).
[[nodiscard]] std::string describe_image(const store::Image& image,
                                         const store::ImageListing& listing);
// How `docker history` spells the instruction of a layer, in full.
[[nodiscard]] std::string printable_instruction(const HistoryEntry& entry);

}  // namespace estiba::cli
