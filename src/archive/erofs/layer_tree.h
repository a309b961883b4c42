// What a layer looks like once it is extracted, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "archive/layer_path.h"
#include "archive/tar_entry.h"

namespace estiba::archive::erofs {

using NodeId = std::uint32_t;
inline constexpr NodeId kRootNode = 0;

// An inode.
struct Node {
  EntryType type = EntryType::kDirectory;  // never kHardLink
  std::uint32_t mode = 0755;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t names = 0;    // that lead here: none when the node was replaced
  NodeId parent = kRootNode;  // of a directory
  std::uint32_t subdirectories = 0;
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  Timestamp mtime{};
  std::uint64_t size_bytes = 0;
  std::uint64_t data_offset = 0;  // in the tar

  using Children = std::map<std::string, NodeId, std::less<>>;
  std::unique_ptr<Children> children;  // of a directory
  std::string link_target;
  std::map<std::string, std::string> xattrs;
  std::vector<Extent> extents;
};

// Follows the rules of extract_layer() for a lower of overlay. Not thread-safe.
class LayerTree {
 public:
  LayerTree();
  void add(const TarEntry& entry, std::uint64_t data_offset);

  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[id]; }
  // Of all nodes ever made; those without names are gone.
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }

 private:
  class View;

  void place(const TarEntry& entry, std::uint64_t data_offset);
  void place_directory(const TarEntry& entry, NodeId parent, std::string_view name);
  void place_hard_link(const TarEntry& entry, NodeId parent, std::string_view name);
  void mark_removed(const std::string& path);
  void mark_opaque(NodeId directory);

  [[nodiscard]] NodeId directory(std::string_view path, MissingParents missing);
  [[nodiscard]] const NodeId* find(NodeId parent, std::string_view name) const;
  NodeId make_node(EntryType type);
  NodeId make_directory(NodeId parent, std::string_view name);
  void link(NodeId parent, std::string_view name, NodeId child);
  void unlink(NodeId parent, std::string_view name);
  void set_metadata(Node& node, const TarEntry& entry);
  void count_text(std::size_t size);
  [[nodiscard]] bool is_whiteout(NodeId id) const;

  std::deque<Node> nodes_;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace estiba::archive::erofs
