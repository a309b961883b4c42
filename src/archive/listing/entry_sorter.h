// Sorts the entries of a layer, of which there may be more than memory should hold.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/listing/listing_format.h"
#include "fs/temp.h"

namespace estiba::archive {

// An entry on its way into a listing.
struct UnsortedEntry {
  std::string_view parent;
  std::string_view name;
  std::string_view link;
  EntryRecord record{};  // without text
};

// Holds up to kListingSortBytes in memory and the rest in a file without a name. Not thread-safe.
class EntrySorter {
 public:
  explicit EntrySorter(std::string scratch) : scratch_(std::move(scratch)) {}

  void add(const UnsortedEntry& entry);
  // What was taken in so far.
  [[nodiscard]] std::uint64_t size_bytes() const { return spilled_bytes_ + buffer_.size(); }
  // Calls `visit` for each by directory, then by name; of the same name in the order in which they
  // came. Call it once.
  void visit_sorted(const std::function<void(const UnsortedEntry&)>& visit);

 private:
  struct Run {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  void spill();

  std::string scratch_;
  std::string buffer_;
  std::vector<std::uint32_t> offsets_;  // of entries in the buffer
  std::optional<fs::TemporaryFile> file_;
  std::uint64_t spilled_bytes_ = 0;
  std::vector<Run> runs_;
};

}  // namespace estiba::archive
