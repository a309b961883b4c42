// Makes the listing of a layer while its entries pass by.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "archive/listing/entry_sorter.h"
#include "archive/listing/packages.h"
#include "archive/tar_entry.h"

namespace estiba::archive {

// Memory and scratch space are bounded by limits.h, whatever the layer holds. Not thread-safe.
class ListingBuilder {
 public:
  // Scratch files are made in the directory `scratch`.
  explicit ListingBuilder(std::string scratch);

  // False when there is no room for more: then the listing is a truncated one. Later entries
  // replace earlier ones of the same path.
  [[nodiscard]] bool add(const TarEntry& entry, std::uint64_t data_offset,
                         const ContentHash& content);
  void add_packages(PackageDatabase database);
  void set_truncated() { truncated_ = true; }
  // Writes the listing into the empty file. Call it once.
  void finish(int fd);

 private:
  void add_record(std::string_view path, std::string_view link, const EntryRecord& record);
  void add_parents(std::string_view path);

  std::string scratch_;
  EntrySorter sorter_;
  std::uint64_t count_ = 0;
  bool truncated_ = false;
  // Directories that were added for what is below them; forgotten when there are too many, which
  // only adds them again.
  std::unordered_set<std::string> parents_;
  std::vector<PackageDatabase> packages_;
  std::uint64_t package_bytes_ = 0;
};

}  // namespace estiba::archive
