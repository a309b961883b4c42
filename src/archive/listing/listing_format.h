// The bytes of a layer's listing, in the machine's own order: it is a cache that never leaves the
// machine. For .cc files of this folder only.
//
//   header | directories | records | text | packages
//
// Directories are sorted by path, a directory before what is below it; the records of one lie side
// by side, sorted by name.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "archive/listing/listed_entry.h"

namespace estiba::archive {

inline constexpr std::array<char, 8> kListingMagic = {'E', 'S', 'T', 'L', 'I', 'S', 'T', '1'};

struct ListingHeader {
  std::array<char, 8> magic = kListingMagic;
  std::array<char, 64> checksum{};  // SHA-256 in hexadecimal of all that follows this field
  std::uint64_t truncated = 0;
  std::uint64_t directory_count = 0;
  std::uint64_t record_count = 0;
  std::uint64_t text_bytes = 0;
  std::uint64_t package_bytes = 0;
};
inline constexpr std::size_t kChecksummedFrom = 8 + 64;

struct DirectoryRecord {
  std::uint64_t path_offset = 0;
  std::uint32_t path_length = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t unused = 0;
};

enum RecordFlag : std::uint8_t {
  kFlagRemoves = 1,
  kFlagThere = 2,
  kFlagOpaque = 4,
  kFlagImplied = 8,
  kFlagHoles = 16,
};

struct EntryRecord {
  std::uint64_t text_offset = 0;  // the name, then the link
  std::uint64_t size_bytes = 0;
  std::uint64_t data_offset = 0;
  std::int64_t mtime_seconds = 0;
  ContentHash content{};
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint16_t mode = 0;
  std::uint16_t name_length = 0;
  std::uint16_t link_length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
};

static_assert(sizeof(ListingHeader) == 112 && sizeof(DirectoryRecord) == 24 &&
              sizeof(EntryRecord) == 64);

// A slash comes before every other byte, so that a directory and all below it lie side by side.
[[nodiscard]] int compare_paths(std::string_view a, std::string_view b);

}  // namespace estiba::archive
