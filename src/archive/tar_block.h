// Everything in a tar stands in blocks.
#pragma once

#include <cstdint>

namespace estiba::archive {

inline constexpr std::uint64_t kTarBlockBytes = 512;

// How many zero bytes fill `size_bytes` up to a whole block.
[[nodiscard]] constexpr std::uint64_t tar_padding(std::uint64_t size_bytes) {
  return (kTarBlockBytes - size_bytes % kTarBlockBytes) % kTarBlockBytes;
}

}  // namespace estiba::archive
