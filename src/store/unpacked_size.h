// How large a compressed layer will be, without uncompressing it.
#pragma once

#include <cstdint>

namespace estiba::store {

// What the trailer of a gzip stream or the header of a zstd frame claims: good enough to show to a
// person, and replaced by the truth once the layer is uncompressed. At least `blob_size_bytes`.
[[nodiscard]] std::uint64_t guess_unpacked_size_bytes(int fd, std::uint64_t blob_size_bytes);

}  // namespace estiba::store
