// What a layer says of the files in it: a sorted table in a file, made once, so that a directory or
// a path is found without reading the layer again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/listing/listed_entry.h"
#include "archive/listing/packages.h"
#include "base/fd.h"
#include "base/stream.h"

namespace estiba::archive {

// Some of a layer's directories: their entries lie side by side, sorted by name.
struct ListedDirectory {
  std::size_t first = 0;
  std::size_t count = 0;
};

// Immutable and thread-safe. The file stays mapped as long as this lives.
class LayerListing {
 public:
  // kDataLoss when the bytes are not those that were written.
  explicit LayerListing(const UniqueFd& fd);
  ~LayerListing();
  LayerListing(const LayerListing&) = delete;
  LayerListing& operator=(const LayerListing&) = delete;

  // Paths are in the form of TarEntry::path.
  [[nodiscard]] std::optional<ListedDirectory> directory(std::string_view path) const;
  [[nodiscard]] ListedEntry entry(std::size_t index) const;
  // Of the directory's entries the first whose name is not before `name`.
  [[nodiscard]] std::size_t lower_bound(const ListedDirectory& directory,
                                        std::string_view name) const;
  [[nodiscard]] std::optional<ListedEntry> find(std::string_view path) const;
  // The file that a hard link means, if the layer has it.
  [[nodiscard]] std::optional<ListedEntry> follow(const ListedEntry& hard_link) const;

  // Not all of the layer: it has more than limits.h lets in.
  [[nodiscard]] bool truncated() const;
  [[nodiscard]] std::size_t entry_count() const;
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  // The package databases that are files of this layer.
  [[nodiscard]] const std::vector<PackageDatabase>& packages() const { return packages_; }

 private:
  struct Parts;
  [[nodiscard]] std::string_view text(std::uint64_t offset, std::size_t length) const;

  void* mapped_ = nullptr;
  std::uint64_t size_bytes_ = 0;
  std::unique_ptr<const Parts> parts_;
  std::vector<PackageDatabase> packages_;
};

}  // namespace estiba::archive
