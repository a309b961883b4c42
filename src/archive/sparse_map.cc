#include "archive/sparse_map.h"

#include <fmt/format.h>

#include <charconv>

#include "archive/limits.h"
#include "archive/tar_block.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

[[noreturn]] void throw_malformed(std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("the map of a sparse file {}", why));
}

std::uint64_t parse_unsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) {
    throw_malformed(fmt::format("has {:?} where a number belongs", text.substr(0, 40)));
  }
  return value;
}

void append(std::vector<Extent>& extents, Extent extent) {
  if (extents.size() >= kMaxExtents) {
    throw_malformed(fmt::format("has more than {} parts", kMaxExtents));
  }
  extents.push_back(extent);
}

void append_list(std::vector<Extent>& extents, std::string_view list) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    numbers.push_back(parse_unsigned(list.substr(start, end - start)));
    start = end + 1;
  }
  if (numbers.size() % 2 != 0) throw_malformed("has an odd number of numbers");
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    append(extents, {.offset_bytes = numbers[i], .length_bytes = numbers[i + 1]});
  }
}

}  // namespace

void append_gnu_extents(const TarBlock& block, TarField field, std::vector<Extent>& extents) {
  constexpr std::size_t kNumberBytes = 12;
  for (std::size_t at = field.offset; at < field.offset + field.size; at += 2 * kNumberBytes) {
    const TarField offset{at, kNumberBytes};
    const TarField length{at + kNumberBytes, kNumberBytes};
    if (field_bytes(block, offset)[0] == '\0') return;
    const std::int64_t offset_bytes = field_number(block, offset);
    const std::int64_t length_bytes = field_number(block, length);
    if (offset_bytes < 0 || length_bytes < 0) throw_malformed("has a negative number");
    append(extents, {.offset_bytes = static_cast<std::uint64_t>(offset_bytes),
                     .length_bytes = static_cast<std::uint64_t>(length_bytes)});
  }
}

std::vector<Extent> parse_pax_extents(const PaxRecords& records) {
  std::vector<Extent> extents;
  std::uint64_t offset = 0;
  bool has_offset = false;
  for (const auto& [key, value] : records) {
    if (key == "GNU.sparse.map") {
      append_list(extents, value);
    } else if (key == "GNU.sparse.offset") {
      offset = parse_unsigned(value);
      has_offset = true;
    } else if (key == "GNU.sparse.numbytes") {
      if (!has_offset) throw_malformed("has a length without its offset");
      append(extents, {.offset_bytes = offset, .length_bytes = parse_unsigned(value)});
      has_offset = false;
    }
  }
  return extents;
}

void SparseMapParser::feed(std::string_view block) {
  for (const char c : block) {
    if (finished()) return;
    if (c == '\n') {
      take_number();
    } else if (digits_.size() < 20) {  // the digits of the largest number
      digits_ += c;
    } else {
      throw_malformed("has a number that is too long");
    }
  }
}

void SparseMapParser::take_number() {
  const std::uint64_t number = parse_unsigned(digits_);
  digits_.clear();
  if (expected_) {
    numbers_.push_back(number);
  } else if (number > kMaxExtents) {
    throw_malformed(fmt::format("has more than {} parts", kMaxExtents));
  } else {
    expected_ = 2 * number;
  }
}

std::vector<Extent> SparseMapParser::extents() const {
  std::vector<Extent> extents;
  for (std::size_t i = 0; i + 1 < numbers_.size(); i += 2) {
    extents.push_back({.offset_bytes = numbers_[i], .length_bytes = numbers_[i + 1]});
  }
  return extents;
}

std::string format_sparse_map(const std::vector<Extent>& extents, std::uint64_t size_bytes) {
  const bool ends_in_hole =
      extents.empty() || extents.back().offset_bytes + extents.back().length_bytes < size_bytes;
  std::string map = fmt::format("{}\n", extents.size() + (ends_in_hole ? 1 : 0));
  for (const Extent& extent : extents) {
    map += fmt::format("{}\n{}\n", extent.offset_bytes, extent.length_bytes);
  }
  if (ends_in_hole) map += fmt::format("{}\n0\n", size_bytes);
  return map;
}

std::vector<Extent> in_whole_blocks(const std::vector<Extent>& extents) {
  std::vector<Extent> whole;
  for (const Extent& extent : extents) {
    if (!whole.empty()) {
      Extent& before = whole.back();
      before.length_bytes += tar_padding(before.length_bytes);
      if (before.offset_bytes + before.length_bytes >= extent.offset_bytes) {
        before.length_bytes = extent.offset_bytes + extent.length_bytes - before.offset_bytes;
        continue;
      }
    }
    whole.push_back(extent);
  }
  return whole;
}

std::uint64_t normalise_extents(std::vector<Extent>& extents, std::uint64_t size_bytes) {
  std::uint64_t end_of_last = 0;
  std::uint64_t stored_bytes = 0;
  for (const Extent& extent : extents) {
    if (extent.offset_bytes < end_of_last || extent.offset_bytes > size_bytes ||
        extent.length_bytes > size_bytes - extent.offset_bytes) {
      throw_malformed("has parts that overlap or lie outside");
    }
    end_of_last = extent.offset_bytes + extent.length_bytes;
    stored_bytes += extent.length_bytes;
  }
  std::erase_if(extents, [](const Extent& extent) { return extent.length_bytes == 0; });
  if (extents.empty()) extents.push_back({.offset_bytes = size_bytes, .length_bytes = 0});
  return stored_bytes;
}

}  // namespace estiba::archive
