#include "archive/erofs/image_writer.h"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "archive/erofs/directory.h"
#include "archive/erofs/format.h"
#include "archive/erofs/image_layout.h"
#include "archive/erofs/xattr_names.h"
#include "archive/unix_time.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"

namespace estiba::archive::erofs {
namespace {

constexpr std::string_view kImageName = "a layer's index";

void write_at(int fd, Bytes data, std::uint64_t offset) {
  while (!data.empty()) {
    const ssize_t count = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(fmt::format("write {}", kImageName));
    data = data.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

// Appends, gathering small pieces.
class ImageFile {
 public:
  explicit ImageFile(int fd) : fd_(fd) {}

  // Zeros up to `offset`, which lies ahead.
  void pad_to(std::uint64_t offset) {
    const std::uint64_t end = start_ + buffer_.size();
    if (offset < end) throw Error(ErrorCode::kInternal, "an index overlaps itself");
    buffer_.append(static_cast<std::size_t>(offset - end), '\0');
  }
  void append(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= kCopyBufferBytes) flush();
  }
  void flush() {
    write_at(fd_, as_bytes(buffer_), start_);
    start_ += buffer_.size();
    buffer_.clear();
  }

 private:
  int fd_;
  std::string buffer_;
  std::uint64_t start_ = 0;
};

std::uint32_t type_bits(EntryType type) {
  switch (type) {
    case EntryType::kFile:
    case EntryType::kHardLink:
      return S_IFREG;
    case EntryType::kSymlink:
      return S_IFLNK;
    case EntryType::kCharDevice:
      return S_IFCHR;
    case EntryType::kBlockDevice:
      return S_IFBLK;
    case EntryType::kDirectory:
      return S_IFDIR;
    case EntryType::kFifo:
      return S_IFIFO;
  }
  return 0;
}

// As the kernel's new_encode_dev().
std::uint32_t encode_device(const Node& node) {
  return (node.device_minor & 0xff) | (node.device_major << 8) |
         ((node.device_minor & ~0xffU) << 12);
}

void append_xattrs(std::string& bytes, const Node& node) {
  if (node.xattrs.empty()) return;
  bytes.append(kXattrHeaderBytes, '\0');  // none are shared between inodes
  for (const auto& [name, value] : node.xattrs) {
    const XattrName split = split_xattr_name(name);
    append_le(bytes, static_cast<std::uint8_t>(split.rest.size()));
    append_le(bytes, split.prefix);
    append_le(bytes, static_cast<std::uint16_t>(value.size()));
    bytes += split.rest;
    bytes += value;
    bytes.resize(align_up(bytes.size(), kXattrUnit));
  }
}

void append_chunk(std::string& bytes, const Chunk& chunk) {
  append_le(bytes, std::uint16_t{0});
  append_le(bytes, chunk.device);
  append_le(bytes, chunk.block);
}

class ImageWriter {
 public:
  ImageWriter(const LayerTree& tree, const ImageFiles& files)
      : tree_(tree), files_(files), layout_(lay_out(tree)), image_(files.image_fd) {}

  void write() {
    write_head();
    for (const NodeId id : layout_.order) write_inode(id);
    for (const NodeId id : layout_.order) write_content(id);
    image_.pad_to(align_up(image_end(), kBlockBytes));
    image_.flush();
    copy_sparse_parts();
    if (::ftruncate(files_.image_fd, static_cast<off_t>(layout_.image_bytes)) != 0) {
      throw_errno(fmt::format("set the size of {}", kImageName));
    }
  }

 private:
  [[nodiscard]] std::uint64_t inode_number(NodeId id) const {
    return layout_.placements[id].inode_number();
  }
  [[nodiscard]] std::uint64_t image_end() const { return end_; }
  void append(std::uint64_t offset, std::string_view bytes) {
    image_.pad_to(offset);
    image_.append(bytes);
    end_ = offset + bytes.size();
  }

  void write_head();
  void write_inode(NodeId id);
  void write_content(NodeId id);
  void copy_sparse_parts();
  struct Shape {
    std::uint16_t format = kFlatPlain;
    std::uint64_t size_bytes = 0;
    std::uint32_t address = 0;  // the union i_u: block, device number or chunk format
  };
  [[nodiscard]] Shape shape_of(NodeId id) const;
  void append_chunks(std::string& bytes, NodeId id) const;

  const LayerTree& tree_;
  const ImageFiles& files_;
  Layout layout_;
  ImageFile image_;
  std::uint64_t end_ = 0;
};

void ImageWriter::write_head() {
  const std::uint64_t tar_blocks = align_up(files_.tar_size_bytes, kBlockBytes) / kBlockBytes;
  if (tar_blocks > kMaxBlocks) {
    throw Error(ErrorCode::kUnsupported, "the layer is larger than the 2 TiB that an index covers");
  }
  std::string block;
  append_le(block, kMagic);
  append_le(block, std::uint32_t{0});  // the checksum, below
  append_le(block, kFeatureChecksum | kFeatureMtime);
  append_le(block, static_cast<std::uint8_t>(kBlockBits));
  append_le(block, std::uint8_t{0});  // extension slots
  append_le(block, static_cast<std::uint16_t>(inode_number(kRootNode)));
  append_le(block, std::uint64_t{layout_.order.size()});
  append_le(block, std::uint64_t{0});  // build time
  append_le(block, std::uint32_t{0});
  append_le(block, static_cast<std::uint32_t>(layout_.image_bytes / kBlockBytes));
  append_le(block, std::uint32_t{0});  // inode numbers count from the start of the image
  append_le(block, std::uint32_t{0});  // no shared xattrs
  block.append(32, '\0');              // uuid, volume name: none, so that same layers are same
  append_le(block, kFeatureChunkedFile | kFeatureDeviceTable);
  append_le(block, std::uint16_t{0});  // compression algorithms
  append_le(block, std::uint16_t{1});  // devices besides the image
  append_le(block, static_cast<std::uint16_t>(kDeviceTableOffset / kDeviceSlotBytes));
  block.resize(kSuperBlockBytes);
  block.append(64, '\0');  // the device's tag
  append_le(block, static_cast<std::uint32_t>(tar_blocks));
  block.resize(kBlockBytes);

  auto* bytes = reinterpret_cast<unsigned char*>(block.data());
  std::string checksum;
  append_le(checksum, crc32_iscsi(bytes, static_cast<int>(block.size()), 0xffffffff));
  block.replace(kChecksumOffset, checksum.size(), checksum);
  append(kSuperBlockOffset, block);
}

ImageWriter::Shape ImageWriter::shape_of(NodeId id) const {
  const Node& node = tree_.node(id);
  const Placement& placement = layout_.placements[id];
  const auto chunked = [&](unsigned bits) -> Shape {
    return {.format = kChunkBased, .size_bytes = node.size_bytes, .address = bits | kChunkIndexes};
  };
  switch (node.type) {
    case EntryType::kFile:
    case EntryType::kHardLink:
      if (node.size_bytes == 0) return {};
      if (node.extents.empty()) return chunked(dense_chunk_bits(node.size_bytes));
      return chunked(layout_.sparse_plans[placement.sparse_plan].chunk_bits);
    case EntryType::kCharDevice:
    case EntryType::kBlockDevice:
      return {.address = encode_device(node)};
    case EntryType::kFifo:
      return {};
    case EntryType::kSymlink:
    case EntryType::kDirectory:
      break;
  }
  return {.format = placement.data_block == 0 ? kFlatInline : kFlatPlain,
          .size_bytes = placement.content_bytes,
          .address = static_cast<std::uint32_t>(placement.data_block)};
}

void ImageWriter::append_chunks(std::string& bytes, NodeId id) const {
  const Node& node = tree_.node(id);
  if (!node.extents.empty()) {
    for (const Chunk& chunk : layout_.sparse_plans[layout_.placements[id].sparse_plan].chunks) {
      append_chunk(bytes, chunk);
    }
    return;
  }
  const std::uint64_t blocks_per_chunk = std::uint64_t{1} << dense_chunk_bits(node.size_bytes);
  std::uint64_t block = node.data_offset / kBlockBytes;
  for (std::uint64_t i = 0; i < dense_chunk_count(node.size_bytes); ++i) {
    append_chunk(bytes, {.device = kTarDevice, .block = static_cast<std::uint32_t>(block)});
    block += blocks_per_chunk;
  }
}

void ImageWriter::write_inode(NodeId id) {
  const Node& node = tree_.node(id);
  const Shape shape = shape_of(id);
  const std::uint64_t xattrs = xattr_bytes(node);
  const UnixTime mtime = split_time(node.mtime);
  std::string bytes;
  append_le(bytes, static_cast<std::uint16_t>(kExtendedInode | shape.format));
  append_le(bytes, static_cast<std::uint16_t>(
                       xattrs == 0 ? 0 : (xattrs - kXattrHeaderBytes) / kXattrUnit + 1));
  append_le(bytes, static_cast<std::uint16_t>(type_bits(node.type) | node.mode));
  append_le(bytes, std::uint16_t{0});
  append_le(bytes, shape.size_bytes);
  append_le(bytes, shape.address);
  append_le(bytes, static_cast<std::uint32_t>(inode_number(id)));
  append_le(bytes, node.uid);
  append_le(bytes, node.gid);
  append_le(bytes, static_cast<std::uint64_t>(mtime.seconds));
  append_le(bytes, static_cast<std::uint32_t>(mtime.nanoseconds));
  append_le(bytes, node.type == EntryType::kDirectory ? 2 + node.subdirectories : node.names);
  bytes.append(16, '\0');
  append_xattrs(bytes, node);
  if (node.type == EntryType::kFile) {
    bytes.resize(align_up(bytes.size(), kChunkIndexBytes));
    append_chunks(bytes, id);
  } else if (shape.format == kFlatInline) {
    bytes += node.link_target;
  }
  append(layout_.placements[id].inode_offset, bytes);
}

void ImageWriter::write_content(NodeId id) {
  const Placement& placement = layout_.placements[id];
  if (placement.data_block == 0) return;
  const Node& node = tree_.node(id);
  const std::string content =
      node.type == EntryType::kDirectory
          ? format_directory(tree_, id, [this](NodeId child) { return inode_number(child); })
          : node.link_target;
  append(placement.data_block * kBlockBytes, content);
}

void ImageWriter::copy_sparse_parts() {
  std::vector<std::byte> buffer;
  for (const SparsePlan& plan : layout_.sparse_plans) {
    for (CopiedPart part : plan.copies) {
      buffer.resize(kCopyBufferBytes);
      while (part.size_bytes > 0) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(part.size_bytes, buffer.size()));
        const std::size_t got = read_at(files_.tar_fd, MutableBytes(buffer).first(wanted),
                                        part.tar_offset, "the tar of a layer");
        if (got == 0) throw Error(ErrorCode::kDataLoss, "the tar of a layer is cut short");
        write_at(files_.image_fd, Bytes(buffer).first(got), part.image_offset);
        part.tar_offset += got;
        part.image_offset += got;
        part.size_bytes -= got;
      }
    }
  }
}

}  // namespace

void write_image(const LayerTree& tree, const ImageFiles& files) {
  ImageWriter(tree, files).write();
}

}  // namespace estiba::archive::erofs
