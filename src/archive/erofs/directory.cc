#include "archive/erofs/directory.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "archive/erofs/format.h"

namespace estiba::archive::erofs {
namespace {

struct Dirent {
  std::string_view name;
  NodeId node;
};

// With "." and "..", which stand among the others in the order of their bytes.
std::vector<Dirent> list_entries(const Node& directory, NodeId self) {
  std::vector<Dirent> entries;
  entries.reserve(directory.children->size() + 2);
  entries.push_back({.name = ".", .node = self});
  entries.push_back({.name = "..", .node = directory.parent});
  for (const auto& [name, child] : *directory.children) {
    entries.push_back({.name = name, .node = child});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Dirent& a, const Dirent& b) { return a.name < b.name; });
  return entries;
}

// The numbers of linux/fs_types.h (FT_REG_FILE, ...).
std::uint8_t file_type(EntryType type) {
  switch (type) {
    case EntryType::kFile:
    case EntryType::kHardLink:
      return 1;
    case EntryType::kDirectory:
      return 2;
    case EntryType::kCharDevice:
      return 3;
    case EntryType::kBlockDevice:
      return 4;
    case EntryType::kFifo:
      return 5;
    case EntryType::kSymlink:
      return 7;
  }
  return 0;
}

// Calls `take` with the entries of each block.
template <typename Take>
void for_each_block(const std::vector<Dirent>& entries, Take&& take) {
  std::size_t first = 0;
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::uint64_t needed = kDirentBytes + entries[i].name.size();
    if (used + needed > kBlockBytes) {
      take(std::span(entries).subspan(first, i - first), used);
      first = i;
      used = 0;
    }
    used += needed;
  }
  take(std::span(entries).subspan(first), used);
}

}  // namespace

std::uint64_t directory_bytes(const Node& directory) {
  std::uint64_t total = 0;
  std::uint64_t last = 0;
  for_each_block(list_entries(directory, kRootNode), [&](std::span<const Dirent>, auto used) {
    total += kBlockBytes;
    last = used;
  });
  return total - kBlockBytes + last;
}

std::string format_directory(const LayerTree& tree, NodeId directory,
                             const std::function<std::uint64_t(NodeId)>& inode_number) {
  std::string content;
  const std::vector<Dirent> entries = list_entries(tree.node(directory), directory);
  for_each_block(entries, [&](std::span<const Dirent> block, std::uint64_t) {
    content.resize(align_up(content.size(), kBlockBytes));
    std::uint64_t name_offset = block.size() * kDirentBytes;
    for (const Dirent& entry : block) {
      append_le(content, inode_number(entry.node));
      append_le(content, static_cast<std::uint16_t>(name_offset));
      append_le(content, file_type(tree.node(entry.node).type));
      append_le(content, std::uint8_t{0});
      name_offset += entry.name.size();
    }
    for (const Dirent& entry : block) content += entry.name;
  });
  return content;
}

}  // namespace estiba::archive::erofs
