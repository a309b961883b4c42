#include "archive/erofs/layer_tree.h"

#include <fmt/format.h>

#include <limits>

#include "archive/layer_xattrs.h"
#include "archive/limits.h"
#include "archive/whiteout.h"
#include "base/error.h"

namespace estiba::archive::erofs {

// Stands in a directory of the tree for resolve_directory().
class LayerTree::View {
 public:
  explicit View(LayerTree& tree) : tree_(tree) {}

  [[nodiscard]] NodeId current() const { return current_; }

  void go_to_root() { current_ = kRootNode; }
  void leave() { current_ = tree_.nodes_[current_].parent; }
  void enter(const std::string& name) { current_ = *tree_.find(current_, name); }
  PathStep look(const std::string& name) const {
    const NodeId* child = tree_.find(current_, name);
    if (child == nullptr) return PathStep::kMissing;
    switch (tree_.nodes_[*child].type) {
      case EntryType::kDirectory:
        return PathStep::kDirectory;
      case EntryType::kSymlink:
        return PathStep::kSymlink;
      default:
        return tree_.is_whiteout(*child) ? PathStep::kWhiteout : PathStep::kOther;
    }
  }
  std::string link_target(const std::string& name) const {
    return tree_.nodes_[*tree_.find(current_, name)].link_target;
  }
  void make_directory(const std::string& name, PathStep replaced) {
    if (replaced == PathStep::kWhiteout) tree_.unlink(current_, name);
    const NodeId made = tree_.make_directory(current_, name);
    if (replaced == PathStep::kWhiteout) tree_.mark_opaque(made);
  }

 private:
  LayerTree& tree_;
  NodeId current_ = kRootNode;
};

LayerTree::LayerTree() {
  const NodeId root = make_node(EntryType::kDirectory);
  nodes_[root].names = 1;
}

void LayerTree::add(const TarEntry& entry, std::uint64_t data_offset) {
  with_context([&] { return fmt::format("reading {:?} of a layer", entry.path); },
               [&] {
                 const Whiteout whiteout = classify_whiteout(entry.path);
                 switch (whiteout.kind) {
                   case WhiteoutKind::kOrdinary:
                     return place(entry, data_offset);
                   case WhiteoutKind::kRemoves:
                     return mark_removed(whiteout.path);
                   case WhiteoutKind::kOpaque:
                     return mark_opaque(directory(whiteout.path, MissingParents::kMake));
                   case WhiteoutKind::kMetadata:
                     return;
                 }
               });
}

void LayerTree::place(const TarEntry& entry, std::uint64_t data_offset) {
  if (entry.path.empty()) {
    if (entry.type != EntryType::kDirectory) {
      throw Error(ErrorCode::kInvalidArgument, "the root of a layer must be a directory");
    }
    return set_metadata(nodes_[kRootNode], entry);
  }
  const auto [parent_path, name] = split_parent(entry.path);
  const NodeId parent = directory(parent_path, MissingParents::kMake);
  if (entry.type == EntryType::kDirectory) return place_directory(entry, parent, name);
  if (entry.type == EntryType::kHardLink) return place_hard_link(entry, parent, name);
  unlink(parent, name);
  const NodeId child = make_node(entry.type);
  Node& node = nodes_[child];
  set_metadata(node, entry);
  node.device_major = entry.device_major;
  node.device_minor = entry.device_minor;
  node.size_bytes = entry.size_bytes;
  node.data_offset = data_offset;
  node.link_target = entry.link_target;
  node.extents = entry.extents;
  count_text(entry.link_target.size() + entry.extents.size() * sizeof(Extent));
  link(parent, name, child);
}

void LayerTree::place_directory(const TarEntry& entry, NodeId parent, std::string_view name) {
  const NodeId* found = find(parent, name);
  if (found != nullptr && nodes_[*found].type == EntryType::kDirectory) {
    return set_metadata(nodes_[*found], entry);
  }
  const bool replaces_whiteout = found != nullptr && is_whiteout(*found);
  unlink(parent, name);
  const NodeId made = make_directory(parent, name);
  set_metadata(nodes_[made], entry);
  if (replaces_whiteout) mark_opaque(made);
}

void LayerTree::place_hard_link(const TarEntry& entry, NodeId parent, std::string_view name) {
  const auto [target_parent, target_name] = split_parent(entry.link_target);
  const NodeId* target = find(directory(target_parent, MissingParents::kRefuse), target_name);
  bool is_there =
      target != nullptr && !is_whiteout(*target) && nodes_[*target].type != EntryType::kDirectory;
  if (is_there) {
    const NodeId child = *target;
    const NodeId* found = find(parent, name);
    if (found != nullptr && *found == child) return;
    unlink(parent, name);
    // What was replaced may have held the target.
    is_there = nodes_[child].names > 0;
    if (is_there) link(parent, name, child);
  }
  if (!is_there) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("it is a hard link to {:?}, which is no file of this layer",
                            entry.link_target));
  }
}

// A removal tells of the layers below only: what this layer itself has there stays, but hides all
// that lies below it.
void LayerTree::mark_removed(const std::string& path) {
  const auto [parent_path, name] = split_parent(path);
  const NodeId parent = directory(parent_path, MissingParents::kMake);
  if (const NodeId* found = find(parent, name)) {
    if (nodes_[*found].type == EntryType::kDirectory) mark_opaque(*found);
    return;
  }
  const NodeId whiteout = make_node(EntryType::kCharDevice);
  nodes_[whiteout].mode = 0;
  link(parent, name, whiteout);
}

void LayerTree::mark_opaque(NodeId directory) {
  nodes_[directory].xattrs.insert_or_assign(std::string(kOverlayOpaqueXattr), "y");
}

NodeId LayerTree::directory(std::string_view path, MissingParents missing) {
  View view(*this);
  resolve_directory(view, path, missing);
  return view.current();
}

const NodeId* LayerTree::find(NodeId parent, std::string_view name) const {
  const auto& children = *nodes_[parent].children;
  const auto found = children.find(name);
  return found == children.end() ? nullptr : &found->second;
}

NodeId LayerTree::make_node(EntryType type) {
  if (nodes_.size() > kMaxEntries) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the layer has more than {} files and directories", kMaxEntries));
  }
  nodes_.emplace_back();
  nodes_.back().type = type;
  if (type == EntryType::kDirectory) nodes_.back().children = std::make_unique<Node::Children>();
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId LayerTree::make_directory(NodeId parent, std::string_view name) {
  const NodeId made = make_node(EntryType::kDirectory);
  link(parent, name, made);
  return made;
}

void LayerTree::link(NodeId parent, std::string_view name, NodeId child) {
  count_text(name.size());
  nodes_[parent].children->emplace(name, child);
  ++nodes_[child].names;
  if (nodes_[child].type == EntryType::kDirectory) {
    nodes_[child].parent = parent;
    ++nodes_[parent].subdirectories;
  }
}

void LayerTree::unlink(NodeId parent, std::string_view name) {
  const auto found = nodes_[parent].children->find(name);
  if (found == nodes_[parent].children->end()) return;
  std::vector<NodeId> pending = {found->second};
  if (nodes_[found->second].type == EntryType::kDirectory) --nodes_[parent].subdirectories;
  nodes_[parent].children->erase(found);
  while (!pending.empty()) {
    Node& node = nodes_[pending.back()];
    pending.pop_back();
    if (--node.names > 0) continue;
    if (node.children) {
      for (const auto& [child_name, child] : *node.children) pending.push_back(child);
    }
    node.children.reset();
    node.xattrs.clear();
    node.extents = {};
  }
}

void LayerTree::set_metadata(Node& node, const TarEntry& entry) {
  node.mode = entry.mode;
  node.uid = entry.uid;
  node.gid = entry.gid;
  node.mtime = entry.mtime;
  for (auto& [name, value] : layer_xattrs(entry)) {
    count_text(name.size() + value.size());
    node.xattrs.insert_or_assign(name, value);
  }
}

void LayerTree::count_text(std::size_t size) {
  text_bytes_ += size;
  if (text_bytes_ > kMaxIndexTextBytes) {
    throw Error(ErrorCode::kResourceExhausted,
                "the names and attributes of the layer are too large for an index");
  }
}

bool LayerTree::is_whiteout(NodeId id) const {
  const Node& node = nodes_[id];
  return node.type == EntryType::kCharDevice && node.device_major == 0 && node.device_minor == 0;
}

}  // namespace estiba::archive::erofs
