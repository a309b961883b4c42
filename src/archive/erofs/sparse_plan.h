// Where the chunks of a file with holes lie.
#pragma once

#include <cstdint>
#include <vector>

#include "archive/erofs/layer_tree.h"

namespace estiba::archive::erofs {

struct Chunk {
  std::uint16_t device = 0;
  std::uint32_t block = 0;  // kHole
};

// A part of the tar to be copied into the image: chunks that mix data and holes, or whose data do
// not start at a block of the tar.
struct CopiedPart {
  std::uint64_t tar_offset = 0;
  std::uint64_t image_offset = 0;
  std::uint64_t size_bytes = 0;
};

struct SparsePlan {
  unsigned chunk_bits = 0;  // beyond the bits of a block
  std::vector<Chunk> chunks;
  std::vector<CopiedPart> copies;
};

// As few chunks as one table may have.
inline constexpr std::uint64_t kMaxSparseChunks = 65536;

// Chunk size in bits beyond a block's for a sparse file of this size.
[[nodiscard]] unsigned sparse_chunk_bits(std::uint64_t size_bytes);

// `next_free_block` of the image moves up by what is copied there.
[[nodiscard]] SparsePlan plan_sparse_file(const Node& file, std::uint64_t& next_free_block);

}  // namespace estiba::archive::erofs
