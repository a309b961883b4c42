// An image's layers opened: which files each brings, and how much of what lies below it hides.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/tar_entry.h"
#include "oci/digest.h"
#include "store/image_store.h"

namespace estiba::store {
class Store;
}

namespace estiba::cli {

enum class LayerChange { kSame, kAdded, kChanged, kRemoved };

struct ExploredFile {
  archive::EntryType type = archive::EntryType::kFile;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size_bytes = 0;  // of what was removed, where it was
  std::string link_target;
  LayerChange change = LayerChange::kAdded;
};
using ExploredFiles = std::map<std::string, ExploredFile>;  // by path, without a leading slash

struct ExploredLayer {
  Digest diff_id;
  std::string instruction;
  std::uint64_t size_bytes = 0;    // of its files
  std::uint64_t wasted_bytes = 0;  // of lower layers' files that it hides
  ExploredFiles files;             // what it adds, changes and removes
};

struct WastedFile {
  std::string path;
  std::uint64_t bytes = 0;
};

struct ExploredImage {
  std::string name;
  std::vector<ExploredLayer> layers;  // lowest first
  std::vector<WastedFile> wasted;     // largest first

  [[nodiscard]] std::uint64_t size_bytes() const;
  [[nodiscard]] std::uint64_t wasted_bytes() const;
  // The part of the bytes that whoever runs the image can see, in percent.
  [[nodiscard]] int efficiency_percent() const;
  // The file system as it is with the layers up to this one; what this one removed is marked.
  [[nodiscard]] ExploredFiles files_up_to(std::size_t layer) const;
};

// Adds a layer on top: `entries` in the order of its tar, whiteouts among them.
void add_layer(ExploredImage& image, const Digest& diff_id, const std::string& instruction,
               const std::vector<archive::TarEntry>& entries);

[[nodiscard]] ExploredImage explore_image(store::Store& store, const std::string& name,
                                          const store::Image& image, std::stop_token stop);

}  // namespace estiba::cli
