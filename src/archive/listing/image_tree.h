// The files of an image as its layers make them, one above the other, from their listings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/listing/layer_listing.h"

namespace estiba::archive {

enum class FileChange { kAdded, kChanged, kDeleted };

// A name of a directory and what became of it.
struct TreeItem {
  ListedEntry entry;
  std::size_t layer = 0;  // the last that added, changed or deleted it
  FileChange change = FileChange::kAdded;
  [[nodiscard]] bool is_there() const { return change != FileChange::kDeleted; }
};

// Thread-safe; holds its listings. Paths are in the form of TarEntry::path; "" is the root.
class ImageTree {
 public:
  using Layers = std::vector<std::shared_ptr<const LayerListing>>;  // lowest first
  explicit ImageTree(Layers layers) : layers_(std::move(layers)) {}

  [[nodiscard]] const Layers& layers() const { return layers_; }
  [[nodiscard]] bool truncated() const;
  // What is there under the path itself; links are not followed.
  [[nodiscard]] std::optional<TreeItem> find(std::string_view path) const;
  // The path with every link of its directories followed, the last name's too when `follow_last`;
  // nothing where there is no such directory, or links never end.
  [[nodiscard]] std::optional<std::string> resolve(std::string_view path, bool follow_last) const;
  // The file that a hard link means, or the entry itself.
  [[nodiscard]] std::optional<ListedEntry> content_of(const TreeItem& item) const;
  // Whether layers from `first` on say anything of what is below the directory.
  [[nodiscard]] bool touched_since(std::size_t first, std::string_view directory) const;
  // The package databases that the image has.
  [[nodiscard]] std::vector<const PackageDatabase*> packages() const;

 private:
  class View;
  Layers layers_;
};

// The names of one directory, sorted by bytes, those that were deleted too. Borrows the tree.
class DirectoryCursor {
 public:
  // Where to begin, and whose eyes to see with: the layers up to `only`, and of those what the last
  // one added, changed or deleted itself; nothing: all layers.
  struct Options {
    std::string from{};
    std::optional<std::size_t> only{};
  };
  DirectoryCursor(const ImageTree& tree, std::string_view directory, const Options& options);
  DirectoryCursor(const ImageTree& tree, std::string_view directory)
      : DirectoryCursor(tree, directory, Options{}) {}
  // Nothing at the end.
  [[nodiscard]] std::optional<TreeItem> next();

 private:
  // How one layer stands to the directory.
  struct Place {
    const LayerListing* layer = nullptr;
    bool clears = false;  // what the layers below have in it is gone
    ListedDirectory directory;
    std::size_t next = 0;
    [[nodiscard]] std::optional<ListedEntry> entry() const;
  };
  [[nodiscard]] static Place place_of(const LayerListing& layer, std::string_view directory);
  [[nodiscard]] std::optional<TreeItem> fold(std::string_view name);

  std::vector<Place> places_;  // lowest first
  bool touched_only_;
  bool touched_ = false;  // by the last layer, what fold() returned
};

}  // namespace estiba::archive
