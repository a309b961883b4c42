// How tar archives say which parts of a file are stored and which are holes (tar's own manual,
// "Storing Sparse Files").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/pax.h"
#include "archive/tar_entry.h"
#include "archive/tar_header.h"

namespace estiba::archive {

// Appends the extents of one old GNU field (24 bytes each) up to the first empty one.
void append_gnu_extents(const TarBlock& block, TarField field, std::vector<Extent>& extents);

// PAX formats 0.0 (pairs of records) and 0.1 (one record), in the order of the records.
[[nodiscard]] std::vector<Extent> parse_pax_extents(const PaxRecords& records);

// The map of PAX format 1.0 stands before the data: decimal numbers, one a line, first their count.
// Fed block by block until finished().
class SparseMapParser {
 public:
  void feed(std::string_view block);
  [[nodiscard]] bool finished() const { return expected_ && numbers_.size() == *expected_; }
  [[nodiscard]] std::vector<Extent> extents() const;

 private:
  void take_number();

  std::string digits_;
  std::optional<std::size_t> expected_;  // numbers, two for each extent
  std::vector<std::uint64_t> numbers_;
};
// A hole at the end of the file is closed by an empty part, as GNU tar wants it.
[[nodiscard]] std::string format_sparse_map(const std::vector<Extent>& extents,
                                            std::uint64_t size_bytes);

// The same parts, each but the last grown to a multiple of tar's block: GNU tar takes every part
// from a block of its own. Parts that then touch become one.
[[nodiscard]] std::vector<Extent> in_whole_blocks(const std::vector<Extent>& extents);

// Throws kInvalidArgument unless the extents are in order, apart, and within `size_bytes`. Leaves
// out empty ones, but for the one that stands for a file without data. Returns the bytes stored.
std::uint64_t normalise_extents(std::vector<Extent>& extents, std::uint64_t size_bytes);

}  // namespace estiba::archive
