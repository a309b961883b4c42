#include "archive/listing/image_tree.h"

#include <algorithm>

#include "archive/layer_path.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

// Two layers that both have the directory, as any layer has those above its files.
bool same_directory(const ListedEntry& a, const ListedEntry& b) {
  return a.is_directory() && b.is_directory() && !b.opaque &&
         (b.implied || (a.mode == b.mode && a.uid == b.uid && a.gid == b.gid &&
                        a.mtime_seconds == b.mtime_seconds));
}

}  // namespace

bool ImageTree::truncated() const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [](const auto& layer) { return layer->truncated(); });
}

std::optional<TreeItem> ImageTree::find(std::string_view path) const {
  const auto [parent, name] = split_parent(path);
  auto item = DirectoryCursor(*this, parent, {.from = std::string(name)}).next();
  if (!item || item->entry.name != name || !item->is_there()) return std::nullopt;
  return item;
}

// A walk through the image as the kernel would do it.
class ImageTree::View {
 public:
  explicit View(const ImageTree& tree) : tree_(tree) {}
  void go_to_root() { path_.clear(); }
  PathStep look(const std::string& name) {
    found_ = tree_.find(join_path(path_, name));
    if (!found_) return PathStep::kMissing;
    if (found_->entry.type == EntryType::kSymlink) return PathStep::kSymlink;
    return found_->entry.is_directory() ? PathStep::kDirectory : PathStep::kOther;
  }
  void enter(const std::string& name) { path_ = join_path(path_, name); }
  void leave() { path_ = std::string(split_parent(path_).parent); }
  std::string link_target(const std::string& /*name*/) {
    return std::string(found_ ? found_->entry.link : std::string_view());
  }
  // Nothing is made here: missing parents are refused.
  void make_directory(const std::string& name, PathStep found) {
    throw_no_parent(path_, name, found);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  const ImageTree& tree_;
  std::string path_;
  std::optional<TreeItem> found_;
};

std::optional<std::string> ImageTree::resolve(std::string_view path, bool follow_last) const {
  try {
    std::string wanted(path);
    for (int hop = 0; hop < kMaxLinksFollowed; ++hop) {
      View view(*this);
      const auto [parent, name] = split_parent(wanted);
      resolve_directory(view, parent, MissingParents::kRefuse);
      std::string resolved = join_path(view.path(), name);
      const auto last = follow_last ? find(resolved) : std::nullopt;
      if (!last || last->entry.type != EntryType::kSymlink) return resolved;
      const std::string_view target = last->entry.link;
      wanted = clean_entry_path(target.starts_with('/') ? std::string(target)
                                                        : view.path() + "/" + std::string(target));
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument && error.code() != ErrorCode::kNotFound) throw;
  }
  return std::nullopt;
}

std::optional<ListedEntry> ImageTree::content_of(const TreeItem& item) const {
  return item.is_there() ? layers_[item.layer]->follow(item.entry) : item.entry;
}

bool ImageTree::touched_since(std::size_t first, std::string_view directory) const {
  for (std::size_t i = first; i < layers_.size(); ++i) {
    if (layers_[i]->directory(directory)) return true;
    const auto entry = layers_[i]->find(directory);
    if (entry && (entry->opaque || entry->removes)) return true;
  }
  return false;
}

std::vector<const PackageDatabase*> ImageTree::packages() const {
  std::vector<const PackageDatabase*> found;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    for (const PackageDatabase& database : layers_[i]->packages()) {
      const auto item = find(database.path);
      if (item && item->layer == i) found.push_back(&database);
    }
  }
  return found;
}

DirectoryCursor::Place DirectoryCursor::place_of(const LayerListing& layer,
                                                 std::string_view directory) {
  Place place{&layer, false, {}, 0};
  bool hidden = false;  // below a name that is no directory in this layer
  const auto look = [&](std::string_view path) {
    const auto above = layer.find(path);
    if (!above) return;
    place.clears = place.clears || above->removes || above->opaque || !above->is_directory();
    hidden = hidden || (above->is_there && !above->is_directory());
  };
  look("");
  for (std::size_t end = 1; end <= directory.size(); ++end) {
    if (end == directory.size() || directory[end] == '/') look(directory.substr(0, end));
  }
  if (!hidden) place.directory = layer.directory(directory).value_or(ListedDirectory{});
  place.next = place.directory.first;
  return place;
}

std::optional<ListedEntry> DirectoryCursor::Place::entry() const {
  if (next == directory.first + directory.count) return std::nullopt;
  return layer->entry(next);
}

DirectoryCursor::DirectoryCursor(const ImageTree& tree, std::string_view directory,
                                 const Options& options)
    : touched_only_(options.only.has_value()) {
  const std::size_t count = options.only ? *options.only + 1 : tree.layers().size();
  for (std::size_t i = 0; i < count; ++i) {
    Place place = place_of(*tree.layers()[i], directory);
    if (!options.from.empty()) place.next = place.layer->lower_bound(place.directory, options.from);
    places_.push_back(place);
  }
}

// What the layers make of one name, and past it.
std::optional<TreeItem> DirectoryCursor::fold(std::string_view name) {
  std::optional<TreeItem> item;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    Place& place = places_[i];
    touched_ = false;
    const bool was_there = item && item->is_there();
    const auto entry = place.entry();
    const bool says_something = entry && entry->name == name;
    if (says_something) ++place.next;
    if (was_there && (place.clears || (says_something && !entry->is_there))) {
      item->layer = i;
      item->change = FileChange::kDeleted;
      touched_ = true;
    }
    if (!says_something || !entry->is_there) continue;
    touched_ = true;
    const bool same = item && item->is_there() && same_directory(item->entry, *entry);
    if (same && !(touched_only_ && i + 1 == places_.size())) continue;
    item = TreeItem{*entry, i, was_there ? FileChange::kChanged : FileChange::kAdded};
  }
  return item;
}

std::optional<TreeItem> DirectoryCursor::next() {
  for (;;) {
    std::optional<std::string_view> name;
    for (const Place& place : places_) {
      const auto entry = place.entry();
      if (entry && (!name || entry->name < *name)) name = entry->name;
    }
    if (!name) return std::nullopt;
    auto item = fold(*name);
    const bool wanted = item && !name->empty() && (touched_ || !touched_only_);
    if (wanted) return item;
  }
}

}  // namespace estiba::archive
