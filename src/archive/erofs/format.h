// The parts of the EROFS format that an index uses. Numbers are little endian.
//
// Source: Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of Linux.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace estiba::archive::erofs {

inline constexpr std::uint64_t kBlockBits = 9;  // as tar's blocks, so that files need no copy
inline constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << kBlockBits;

inline constexpr std::uint64_t kSuperBlockOffset = 1024;
inline constexpr std::uint64_t kSuperBlockBytes = 128;
inline constexpr std::uint32_t kMagic = 0xe0f5e1e2;
inline constexpr std::uint32_t kFeatureChecksum = 0x1;     // compatible
inline constexpr std::uint32_t kFeatureMtime = 0x2;        // compatible
inline constexpr std::uint32_t kFeatureChunkedFile = 0x4;  // incompatible
inline constexpr std::uint32_t kFeatureDeviceTable = 0x8;  // incompatible
// Of the superblock's checksum: CRC-32C of what follows it, up to the end of its block.
inline constexpr std::uint64_t kChecksumOffset = 4;

// The table of devices stands right behind the superblock; slots are counted from the start.
inline constexpr std::uint64_t kDeviceSlotBytes = 128;
inline constexpr std::uint64_t kDeviceTableOffset = kSuperBlockOffset + kSuperBlockBytes;

// An inode's number is its position in units of 32 bytes.
inline constexpr std::uint64_t kInodeUnit = 32;
inline constexpr std::uint64_t kInodeBytes = 64;  // the extended form
inline constexpr std::uint16_t kExtendedInode = 1;
inline constexpr std::uint16_t kFlatPlain = 0 << 1;
inline constexpr std::uint16_t kFlatInline = 2 << 1;
inline constexpr std::uint16_t kChunkBased = 4 << 1;

inline constexpr std::uint16_t kChunkIndexes = 0x20;
inline constexpr std::uint64_t kChunkIndexBytes = 8;
inline constexpr unsigned kMaxChunkBits = 31;  // beyond the bits of a block
inline constexpr std::uint32_t kHole = 0xffffffff;
inline constexpr std::uint16_t kIndexDevice = 0;  // the image itself
inline constexpr std::uint16_t kTarDevice = 1;
// Blocks are counted in 32 bits, the last number means a hole.
inline constexpr std::uint64_t kMaxBlocks = 0xffffffff;

inline constexpr std::uint64_t kXattrHeaderBytes = 12;
inline constexpr std::uint64_t kXattrUnit = 4;

inline constexpr std::uint64_t kDirentBytes = 12;

[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

template <std::unsigned_integral Number>
void append_le(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i));
  }
}

}  // namespace estiba::archive::erofs
