// The 512 bytes that begin an entry, in the three layouts that share their first half: v7, ustar
// (POSIX.1-2001, pax, "ustar Interchange Format") and GNU (tar's own manual, "Basic Tar Format").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.h"

namespace estiba::archive {

inline constexpr std::size_t kTarHeaderBytes = 512;
using TarBlock = std::array<std::byte, kTarHeaderBytes>;

// Where a field lies in a header.
struct TarField {
  std::size_t offset = 0;
  std::size_t size = 0;
};

namespace tar_fields {
inline constexpr TarField kName{0, 100};
inline constexpr TarField kMode{100, 8};
inline constexpr TarField kUid{108, 8};
inline constexpr TarField kGid{116, 8};
inline constexpr TarField kSize{124, 12};
inline constexpr TarField kMtime{136, 12};
inline constexpr TarField kChecksum{148, 8};
inline constexpr TarField kType{156, 1};
inline constexpr TarField kLinkName{157, 100};
inline constexpr TarField kMagic{257, 8};  // with the version
inline constexpr TarField kUserName{265, 32};
inline constexpr TarField kGroupName{297, 32};
inline constexpr TarField kDeviceMajor{329, 8};
inline constexpr TarField kDeviceMinor{337, 8};
inline constexpr TarField kPrefix{345, 155};  // ustar only
inline constexpr TarField kGnuAccessTime{345, 12};
inline constexpr TarField kGnuChangeTime{357, 12};
inline constexpr TarField kGnuSparse{386, 96};  // four extents
inline constexpr TarField kGnuIsExtended{482, 1};
inline constexpr TarField kGnuRealSize{483, 12};
// A block of further extents: 21 of them, then the flag that says whether another block follows.
inline constexpr TarField kExtensionSparse{0, 504};
inline constexpr TarField kExtensionIsExtended{504, 1};
}  // namespace tar_fields

inline constexpr std::string_view kUstarMagic{
    "ustar\0"
    "00",
    8};
inline constexpr std::string_view kGnuMagic{"ustar  \0", 8};

// A header as it is written, before extended headers change it.
struct TarHeader {
  std::string name;  // with the prefix
  std::string link_name;
  char type = '0';
  std::int64_t mode = 0;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t size_bytes = 0;
  std::int64_t mtime_seconds = 0;
  std::int64_t device_major = 0;
  std::int64_t device_minor = 0;
  std::string user_name;
  std::string group_name;
};

[[nodiscard]] std::string_view field_bytes(const TarBlock& block, TarField field);
// Up to the first NUL.
[[nodiscard]] std::string_view field_text(const TarBlock& block, TarField field);
// Octal digits among spaces and NULs (none: 0), or base 256 when the first bit is set. Throws
// kInvalidArgument.
[[nodiscard]] std::int64_t field_number(const TarBlock& block, TarField field);

[[nodiscard]] bool is_zero_block(const TarBlock& block);
// Old writers summed signed bytes: either sum is right.
[[nodiscard]] bool checksum_matches(const TarBlock& block);
// The sum of all bytes with the checksum's own field as spaces.
[[nodiscard]] std::uint32_t block_checksum(const TarBlock& block);

// Throws kInvalidArgument when a number is malformed. The checksum is the caller's to check.
[[nodiscard]] TarHeader parse_tar_header(const TarBlock& block);

}  // namespace estiba::archive
