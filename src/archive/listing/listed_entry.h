// One name of one layer, as a listing keeps it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "archive/tar_entry.h"

namespace estiba::archive {

// The beginning of the SHA-256 of a file's content; all zeros where nobody has read it.
using ContentHash = std::array<std::uint8_t, 16>;

// Views into the listing, which outlives it.
struct ListedEntry {
  std::string_view name;
  EntryType type = EntryType::kFile;
  bool removes = false;  // what the layers below have under this name is gone
  bool is_there = true;  // false: it only removes
  bool opaque = false;   // a directory that hides what is below
  bool implied = false;  // a directory that no entry is about, only paths below it
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime_seconds = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t data_offset = 0;  // in the uncompressed tar
  bool has_holes = false;         // the data there are not the content as it is
  ContentHash content{};
  std::string_view link;  // of a hard link in the form of an entry's path

  [[nodiscard]] bool is_directory() const { return is_there && type == EntryType::kDirectory; }
};

}  // namespace estiba::archive
