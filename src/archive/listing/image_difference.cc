#include "archive/listing/image_difference.h"

#include <algorithm>
#include <map>

#include "archive/layer_path.h"

namespace estiba::archive {
namespace {

// One side of the comparison in one directory.
class TreeSide {
 public:
  TreeSide(const ImageTree& tree, const std::string& directory, bool is_there) : tree_(&tree) {
    if (!is_there) return;
    cursor_.emplace(tree, directory);
    advance();
  }
  [[nodiscard]] const std::optional<TreeItem>& item() const { return item_; }
  void advance() {
    do {
      item_ = cursor_->next();
    } while (item_ && !item_->is_there());
  }
  [[nodiscard]] const ImageTree& tree() const { return *tree_; }

 private:
  const ImageTree* tree_;
  std::optional<DirectoryCursor> cursor_;
  std::optional<TreeItem> item_;
};

bool is_known(const ContentHash& content) {
  return content != ContentHash{};
}

bool same_content(const ListedEntry& a, const ListedEntry& b) {
  if (a.type != EntryType::kFile) return a.link == b.link;
  return a.size_bytes == b.size_bytes && is_known(a.content) && a.content == b.content;
}

bool same_file(const TreeSide& from, const TreeSide& to) {
  const auto a = from.tree().content_of(*from.item());
  const auto b = to.tree().content_of(*to.item());
  if (!a || !b) return !a && !b;
  return a->type == b->type && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid &&
         (a->is_directory() || same_content(*a, *b));
}

std::optional<std::uint64_t> side_bytes(const TreeSide& side, bool is_there) {
  if (!is_there) return std::nullopt;
  const auto content = side.tree().content_of(*side.item());
  return content ? content->size_bytes : 0;
}

class TreeComparison {
 public:
  TreeComparison(const ImageTree& from, const ImageTree& to,
                 const std::function<bool(const FileDifference&)>& visit)
      : from_(from), to_(to), visit_(visit) {
    const auto [a, b] = std::mismatch(from.layers().begin(), from.layers().end(),
                                      to.layers().begin(), to.layers().end());
    common_ = static_cast<std::size_t>(a - from.layers().begin());
  }

  // Without recursion: how deep directories go is the image's choice.
  void run() {
    enter("", true, true);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      if (!frame.from.item() && !frame.to.item()) {
        stack_.pop_back();
        continue;
      }
      if (!step(frame)) return;
    }
  }

 private:
  struct Frame {
    std::string directory;
    TreeSide from;
    TreeSide to;
  };

  void enter(const std::string& directory, bool in_from, bool in_to) {
    const bool both = in_from && in_to;
    if (both && !from_.touched_since(common_, directory) &&
        !to_.touched_since(common_, directory)) {
      return;
    }
    stack_.push_back({directory, {from_, directory, in_from}, {to_, directory, in_to}});
  }

  // The next name of either side; false when nobody wants more.
  bool step(Frame& frame) {
    const auto& a = frame.from.item();
    const auto& b = frame.to.item();
    const bool in_from = a && (!b || a->entry.name <= b->entry.name);
    const bool in_to = b && (!a || b->entry.name <= a->entry.name);
    const std::string path = join_path(frame.directory, in_from ? a->entry.name : b->entry.name);
    const bool from_directory = in_from && a->entry.is_directory();
    const bool to_directory = in_to && b->entry.is_directory();
    bool more = true;
    if (!in_from || !in_to || !same_file(frame.from, frame.to)) {
      FileDifference found{path, Difference::kChanged, side_bytes(frame.from, in_from),
                           side_bytes(frame.to, in_to)};
      if (in_to ? to_directory : from_directory) found.path += '/';
      if (!in_from) found.change = Difference::kAdded;
      if (!in_to) found.change = Difference::kRemoved;
      more = visit_(found);
    }
    if (in_from) frame.from.advance();
    if (in_to) frame.to.advance();
    // Last: it may move the frame.
    if (from_directory || to_directory) enter(path, from_directory, to_directory);
    return more;
  }

  const ImageTree& from_;
  const ImageTree& to_;
  const std::function<bool(const FileDifference&)>& visit_;
  std::size_t common_ = 0;  // layers at the bottom of both
  std::vector<Frame> stack_;
};

using Installed = std::map<std::pair<PackageKind, std::string>, std::string>;

// Several versions of one name, as of kernels and of architectures, are told together.
Installed installed_packages(const ImageTree& tree) {
  std::map<std::pair<PackageKind, std::string>, std::vector<std::string>> versions;
  for (const PackageDatabase* database : tree.packages()) {
    for (const Package& package : database->packages) {
      versions[{database->kind, package.name}].push_back(package.version);
    }
  }
  Installed installed;
  for (auto& [key, list] : versions) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    std::string& text = installed[key];
    for (const std::string& version : list) text += (text.empty() ? "" : ", ") + version;
  }
  return installed;
}

}  // namespace

std::string_view difference_name(Difference difference) {
  switch (difference) {
    case Difference::kAdded:
      return "added";
    case Difference::kRemoved:
      return "removed";
    case Difference::kChanged:
      break;
  }
  return "changed";
}

void compare_files(const ImageTree& from, const ImageTree& to,
                   const std::function<bool(const FileDifference&)>& visit) {
  TreeComparison(from, to, visit).run();
}

std::vector<PackageDifference> compare_packages(const ImageTree& from, const ImageTree& to) {
  const Installed before = installed_packages(from);
  const Installed after = installed_packages(to);
  Installed all = before;
  all.insert(after.begin(), after.end());
  std::vector<PackageDifference> differences;
  const auto version_in = [](const Installed& installed, const auto& key) {
    const auto found = installed.find(key);
    return found == installed.end() ? std::string() : found->second;
  };
  for (const auto& [key, unused] : all) {
    PackageDifference found{key.second, key.first, Difference::kChanged, version_in(before, key),
                            version_in(after, key)};
    if (found.from == found.to) continue;
    if (found.from.empty()) found.change = Difference::kAdded;
    if (found.to.empty()) found.change = Difference::kRemoved;
    differences.push_back(std::move(found));
  }
  return differences;
}

}  // namespace estiba::archive
