#include "archive/tar_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace estiba::archive {
namespace {

// Two's complement, big endian; the first bit only marks the encoding.
std::optional<std::int64_t> parse_base256(std::string_view bytes) {
  const bool negative = (static_cast<unsigned char>(bytes[0]) & 0x40) != 0;
  const unsigned char invert = negative ? 0xff : 0x00;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<unsigned char>(static_cast<unsigned char>(bytes[i]) ^ invert);
    if (i == 0) byte &= 0x7f;
    if ((value >> 56) != 0) return std::nullopt;
    value = (value << 8) | byte;
  }
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return negative ? ~static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> parse_octal(std::string_view bytes) {
  const auto is_filler = [](char c) { return c == ' ' || c == '\0'; };
  while (!bytes.empty() && is_filler(bytes.front())) bytes.remove_prefix(1);
  // What follows the first filler after the digits is not part of the number.
  bytes = bytes.substr(0, std::min(bytes.find_first_of(std::string_view(" \0", 2)), bytes.size()));
  std::int64_t value = 0;  // at most 12 digits: 36 bits
  for (const char digit : bytes) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value * 8 + (digit - '0');
  }
  return value;
}

std::optional<std::int64_t> parse_number(std::string_view bytes) {
  const bool is_base256 = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  return is_base256 ? parse_base256(bytes) : parse_octal(bytes);
}

// The prefix of the name, where the layout has one. Go's writer before 1.8 put one into headers
// with GNU's magic, where the access time belongs; images of that time are still about.
std::string_view name_prefix(const TarBlock& block) {
  const std::string_view magic = field_bytes(block, tar_fields::kMagic);
  if (magic == kGnuMagic) {
    const auto is_time = [&](TarField field) {
      const std::string_view bytes = field_bytes(block, field);
      return bytes[0] == '\0' || parse_number(bytes).has_value();
    };
    if (is_time(tar_fields::kGnuAccessTime) && is_time(tar_fields::kGnuChangeTime)) return {};
    const std::string_view prefix = field_text(block, tar_fields::kPrefix);
    return is_ascii(prefix) ? prefix : std::string_view();
  }
  if (magic.substr(0, 5) != kUstarMagic.substr(0, 5)) return {};
  // star's own layout, marked at the end of the block, has times where the prefix would end.
  constexpr TarField kStarMark{508, 4};
  constexpr TarField kStarPrefix{345, 131};
  const bool is_star = field_bytes(block, kStarMark) == std::string_view("tar\0", 4);
  return field_text(block, is_star ? kStarPrefix : tar_fields::kPrefix);
}

}  // namespace

std::string_view field_bytes(const TarBlock& block, TarField field) {
  return as_text(Bytes(block).subspan(field.offset, field.size));
}

std::string_view field_text(const TarBlock& block, TarField field) {
  const std::string_view bytes = field_bytes(block, field);
  return bytes.substr(0, std::min(bytes.find('\0'), bytes.size()));
}

std::int64_t field_number(const TarBlock& block, TarField field) {
  const std::string_view bytes = field_bytes(block, field);
  const auto value = parse_number(bytes);
  if (!value) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a tar header has {:?} where a number belongs", bytes));
  }
  return *value;
}

bool is_zero_block(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::uint32_t block_checksum(const TarBlock& block) {
  std::uint32_t sum = 0;
  for (const std::byte byte : block) sum += std::to_integer<std::uint32_t>(byte);
  for (const char byte : field_bytes(block, tar_fields::kChecksum)) {
    sum -= static_cast<unsigned char>(byte);
  }
  return sum + 8 * ' ';
}

bool checksum_matches(const TarBlock& block) {
  const auto written = parse_octal(field_bytes(block, tar_fields::kChecksum));
  if (!written) return false;
  if (*written == block_checksum(block)) return true;
  std::int64_t signed_sum = 8 * ' ';
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool in_checksum = i - tar_fields::kChecksum.offset < tar_fields::kChecksum.size;
    if (!in_checksum) signed_sum += std::to_integer<signed char>(block[i]);
  }
  return *written == signed_sum;
}

TarHeader parse_tar_header(const TarBlock& block) {
  TarHeader header;
  header.name = field_text(block, tar_fields::kName);
  header.link_name = field_text(block, tar_fields::kLinkName);
  header.type = field_bytes(block, tar_fields::kType)[0];
  header.mode = field_number(block, tar_fields::kMode);
  header.uid = field_number(block, tar_fields::kUid);
  header.gid = field_number(block, tar_fields::kGid);
  header.size_bytes = field_number(block, tar_fields::kSize);
  header.mtime_seconds = field_number(block, tar_fields::kMtime);
  if (field_bytes(block, tar_fields::kMagic).substr(0, 5) == kUstarMagic.substr(0, 5)) {
    header.user_name = field_text(block, tar_fields::kUserName);
    header.group_name = field_text(block, tar_fields::kGroupName);
    header.device_major = field_number(block, tar_fields::kDeviceMajor);
    header.device_minor = field_number(block, tar_fields::kDeviceMinor);
    const std::string_view prefix = name_prefix(block);
    if (!prefix.empty()) header.name = fmt::format("{}/{}", prefix, header.name);
  }
  return header;
}

}  // namespace estiba::archive
