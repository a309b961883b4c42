// Where everything of an image lies, before the first byte of it is written.
#pragma once

#include <cstdint>
#include <vector>

#include "archive/erofs/layer_tree.h"
#include "archive/erofs/sparse_plan.h"

namespace estiba::archive::erofs {

struct Placement {
  std::uint64_t inode_offset = 0;   // in the image; 0: not placed yet
  std::uint64_t data_block = 0;     // of a directory or a long link target
  std::uint64_t content_bytes = 0;  // of a directory or link target
  std::uint32_t sparse_plan = 0;    // index into Layout::sparse_plans, of a sparse file

  [[nodiscard]] std::uint64_t inode_number() const;
};

struct Layout {
  std::vector<NodeId> order;          // of inodes in the image
  std::vector<Placement> placements;  // by node
  std::vector<SparsePlan> sparse_plans;
  std::uint64_t image_bytes = 0;
};

[[nodiscard]] Layout lay_out(const LayerTree& tree);

// The size of an inode's xattrs with their header; 0 for none.
[[nodiscard]] std::uint64_t xattr_bytes(const Node& node);
// Link targets up to this size stand behind their inode, where they must not cross a block.
inline constexpr std::uint64_t kMaxInlineTarget = 448;
// Chunk size, in bits beyond a block's, of a file without holes: all of it where that is possible.
[[nodiscard]] unsigned dense_chunk_bits(std::uint64_t size_bytes);
[[nodiscard]] std::uint64_t dense_chunk_count(std::uint64_t size_bytes);

}  // namespace estiba::archive::erofs
