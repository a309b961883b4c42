#include "store/unpacked_size.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "archive/compression.h"
#include "base/fd.h"

namespace estiba::store {
namespace {

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return value;
}

// RFC 1952, ISIZE: the size modulo 2^32.
std::uint64_t gzip_size(int fd, std::uint64_t blob_size_bytes) {
  std::array<std::byte, 4> trailer = {};
  if (blob_size_bytes < trailer.size()) return 0;
  if (read_at(fd, trailer, blob_size_bytes - trailer.size(), "blob") != trailer.size()) return 0;
  return little_endian(trailer);
}

// RFC 8878, section 3.1.1.1: Frame_Content_Size, which may be absent.
std::uint64_t zstd_size(std::span<const std::byte> header) {
  if (header.size() < 18) return 0;
  const unsigned descriptor = std::to_integer<unsigned>(header[4]);
  const bool single_segment = (descriptor & 0x20) != 0;
  constexpr std::array<std::size_t, 4> kDictionaryIdBytes = {0, 1, 2, 4};
  const std::size_t offset = 5 + (single_segment ? 0 : 1) + kDictionaryIdBytes[descriptor & 3];
  switch (descriptor >> 6) {
    case 0:
      return single_segment ? little_endian(header.subspan(offset, 1)) : 0;
    case 1:
      return little_endian(header.subspan(offset, 2)) + 256;
    case 2:
      return little_endian(header.subspan(offset, 4));
    default:
      return little_endian(header.subspan(offset, 8));
  }
}

}  // namespace

std::uint64_t guess_unpacked_size_bytes(int fd, std::uint64_t blob_size_bytes) {
  std::array<std::byte, 18> header = {};
  const std::size_t size = read_at(fd, header, 0, "blob");
  const std::span<const std::byte> start(header.data(), size);
  std::uint64_t guess = 0;
  switch (archive::detect_compression(start)) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      guess = gzip_size(fd, blob_size_bytes);
      break;
    case Compression::kZstd:
      guess = zstd_size(start);
      break;
  }
  return std::max(guess, blob_size_bytes);
}

}  // namespace estiba::store
