#include "archive/erofs/image_layout.h"

#include <algorithm>
#include <bit>

#include "archive/erofs/directory.h"
#include "archive/erofs/format.h"
#include "archive/erofs/xattr_names.h"
#include "base/error.h"

namespace estiba::archive::erofs {
namespace {

// All chunk tables of sparse files together: 64 MiB of index.
constexpr std::uint64_t kMaxAllSparseChunks = std::uint64_t{8} << 20;

// A walk, parents first; the inodes of one directory lie together, then those of its directories.
std::vector<NodeId> walk_order(const LayerTree& tree) {
  std::vector<NodeId> order = {kRootNode};
  std::vector<bool> seen(tree.node_count());
  std::vector<NodeId> pending = {kRootNode};
  seen[kRootNode] = true;
  while (!pending.empty()) {
    const Node& directory = tree.node(pending.back());
    pending.pop_back();
    for (const auto& [name, child] : *directory.children) {
      if (seen[child]) continue;
      seen[child] = true;
      order.push_back(child);
      if (tree.node(child).type == EntryType::kDirectory) pending.push_back(child);
    }
  }
  return order;
}

std::uint64_t chunk_count(const Node& file) {
  if (file.extents.empty()) return dense_chunk_count(file.size_bytes);
  const std::uint64_t chunk_bytes = kBlockBytes << sparse_chunk_bits(file.size_bytes);
  return file.size_bytes == 0 ? 0 : (file.size_bytes - 1) / chunk_bytes + 1;
}

// What stands behind inode and xattrs.
struct Tail {
  std::uint64_t alignment = 1;
  std::uint64_t size_bytes = 0;
  bool within_block = false;
};

Tail tail_of(const Node& node) {
  if (node.type == EntryType::kFile) {
    return {.alignment = kChunkIndexBytes, .size_bytes = chunk_count(node) * kChunkIndexBytes};
  }
  if (node.type == EntryType::kSymlink && node.link_target.size() <= kMaxInlineTarget) {
    return {.size_bytes = node.link_target.size(), .within_block = true};
  }
  return {};
}

bool crosses_block(std::uint64_t offset, std::uint64_t size_bytes) {
  return offset % kBlockBytes + size_bytes > kBlockBytes;
}

// The next place that suits an inode; `end` moves behind it.
std::uint64_t place_inode(const Node& node, std::uint64_t& end) {
  const std::uint64_t head = kInodeBytes + xattr_bytes(node);
  const Tail tail = tail_of(node);
  std::uint64_t offset = align_up(end, kInodeUnit);
  while (crosses_block(offset, kInodeBytes) ||
         (tail.within_block && crosses_block(offset + head, tail.size_bytes))) {
    offset += kInodeUnit;
  }
  end = align_up(offset + head, tail.alignment) + tail.size_bytes;
  return offset;
}

void place_content(const Node& node, Placement& placement, std::uint64_t& next_block) {
  if (node.type == EntryType::kDirectory) {
    placement.content_bytes = directory_bytes(node);
  } else if (node.type == EntryType::kSymlink) {
    placement.content_bytes = node.link_target.size();
    if (placement.content_bytes <= kMaxInlineTarget) return;
  } else {
    return;
  }
  placement.data_block = next_block;
  next_block += align_up(placement.content_bytes, kBlockBytes) / kBlockBytes;
}

}  // namespace

std::uint64_t Placement::inode_number() const {
  return inode_offset / kInodeUnit;
}

std::uint64_t xattr_bytes(const Node& node) {
  if (node.xattrs.empty()) return 0;
  std::uint64_t size = kXattrHeaderBytes;
  for (const auto& [name, value] : node.xattrs) {
    size += align_up(4 + split_xattr_name(name).rest.size() + value.size(), kXattrUnit);
  }
  return size;
}

unsigned dense_chunk_bits(std::uint64_t size_bytes) {
  const std::uint64_t blocks = align_up(size_bytes, kBlockBytes) / kBlockBytes;
  const auto bits = static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(blocks, 1) - 1));
  return std::min(bits, kMaxChunkBits);
}

std::uint64_t dense_chunk_count(std::uint64_t size_bytes) {
  const std::uint64_t chunk_bytes = kBlockBytes << dense_chunk_bits(size_bytes);
  return (size_bytes + chunk_bytes - 1) / chunk_bytes;
}

Layout lay_out(const LayerTree& tree) {
  Layout layout;
  layout.order = walk_order(tree);
  layout.placements.resize(tree.node_count());
  std::uint64_t end = align_up(kDeviceTableOffset + kDeviceSlotBytes, kBlockBytes);
  std::uint64_t sparse_chunks = 0;
  for (const NodeId id : layout.order) {
    layout.placements[id].inode_offset = place_inode(tree.node(id), end);
  }
  std::uint64_t next_block = align_up(end, kBlockBytes) / kBlockBytes;
  for (const NodeId id : layout.order) {
    place_content(tree.node(id), layout.placements[id], next_block);
  }
  for (const NodeId id : layout.order) {
    const Node& node = tree.node(id);
    if (node.extents.empty()) continue;
    sparse_chunks += chunk_count(node);
    if (sparse_chunks > kMaxAllSparseChunks) {
      throw Error(ErrorCode::kUnsupported, "the sparse files of the layer are too many to index");
    }
    layout.placements[id].sparse_plan = static_cast<std::uint32_t>(layout.sparse_plans.size());
    layout.sparse_plans.push_back(plan_sparse_file(node, next_block));
  }
  if (next_block > kMaxBlocks) {
    throw Error(ErrorCode::kUnsupported, "the layer is too large to index");
  }
  layout.image_bytes = next_block * kBlockBytes;
  return layout;
}

}  // namespace estiba::archive::erofs
