#include "archive/erofs/sparse_plan.h"

#include <algorithm>
#include <bit>

#include "archive/erofs/format.h"
#include "base/error.h"

namespace estiba::archive::erofs {
namespace {

// Smaller chunks than pages gain nothing: the page cache reads whole pages.
constexpr unsigned kMinChunkBits = 3;

struct StoredExtent {
  std::uint64_t start = 0;  // in the file
  std::uint64_t end = 0;
  std::uint64_t tar_offset = 0;
};

std::vector<StoredExtent> stored_extents(const Node& file) {
  std::vector<StoredExtent> extents;
  std::uint64_t tar_offset = file.data_offset;
  for (const Extent& extent : file.extents) {
    extents.push_back({.start = extent.offset_bytes,
                       .end = extent.offset_bytes + extent.length_bytes,
                       .tar_offset = tar_offset});
    tar_offset += extent.length_bytes;
  }
  return extents;
}

std::uint32_t block_number(std::uint64_t block) {
  if (block >= kMaxBlocks) {
    throw Error(ErrorCode::kUnsupported, "the sparse files of the layer are too large to index");
  }
  return static_cast<std::uint32_t>(block);
}

}  // namespace

unsigned sparse_chunk_bits(std::uint64_t size_bytes) {
  const std::uint64_t smallest = (size_bytes + kMaxSparseChunks - 1) / kMaxSparseChunks;
  const auto bits = static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(smallest, 1) - 1));
  const unsigned beyond = bits > kBlockBits ? bits - static_cast<unsigned>(kBlockBits) : 0;
  if (beyond > kMaxChunkBits) {
    throw Error(ErrorCode::kUnsupported, "a sparse file of the layer is too large to index");
  }
  return std::max(beyond, kMinChunkBits);
}

SparsePlan plan_sparse_file(const Node& file, std::uint64_t& next_free_block) {
  SparsePlan plan;
  plan.chunk_bits = sparse_chunk_bits(file.size_bytes);
  const std::uint64_t chunk_bytes = kBlockBytes << plan.chunk_bits;
  const std::vector<StoredExtent> extents = stored_extents(file);
  auto extent = extents.begin();
  for (std::uint64_t start = 0; start < file.size_bytes; start += chunk_bytes) {
    const std::uint64_t end = std::min(start + chunk_bytes, file.size_bytes);
    while (extent != extents.end() && extent->end <= start) ++extent;
    if (extent == extents.end() || extent->start >= end) {
      plan.chunks.push_back({.device = kIndexDevice, .block = kHole});
      continue;
    }
    const std::uint64_t tar_offset = extent->tar_offset + (start - extent->start);
    if (extent->start <= start && extent->end >= end && tar_offset % kBlockBytes == 0) {
      plan.chunks.push_back(
          {.device = kTarDevice, .block = block_number(tar_offset / kBlockBytes)});
      continue;
    }
    const std::uint64_t image_offset = next_free_block * kBlockBytes;
    plan.chunks.push_back({.device = kIndexDevice, .block = block_number(next_free_block)});
    next_free_block += (end - start + kBlockBytes - 1) / kBlockBytes;
    for (auto part = extent; part != extents.end() && part->start < end; ++part) {
      const std::uint64_t from = std::max(part->start, start);
      plan.copies.push_back({.tar_offset = part->tar_offset + (from - part->start),
                             .image_offset = image_offset + (from - start),
                             .size_bytes = std::min(part->end, end) - from});
    }
  }
  return plan;
}

}  // namespace estiba::archive::erofs
