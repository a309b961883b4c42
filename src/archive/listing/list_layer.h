// From a layer as it is stored to its listing, in one pass.
#pragma once

#include <cstdint>
#include <string>

#include "base/stream.h"

namespace estiba::archive {

struct ListLayerOptions {
  std::string scratch;          // a directory for scratch files
  std::uint64_t max_bytes = 0;  // of the uncompressed tar; what is beyond is not listed
};

// Reads the layer (borrowed), in whatever compression it is, and writes its listing into the empty
// file. Time and space are bounded by the options and limits.h: what holds more gets a listing that
// says so. Errors as those of TarReader and the decompressors.
void list_layer(Source& layer, const ListLayerOptions& options, int fd);

}  // namespace estiba::archive
