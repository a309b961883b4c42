// The content of a directory: blocks of entries sorted by name, each block first the entries, then
// their names.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "archive/erofs/layer_tree.h"

namespace estiba::archive::erofs {

[[nodiscard]] std::uint64_t directory_bytes(const Node& directory);
// `inode_number` tells that of a node. The last block is not filled up.
[[nodiscard]] std::string format_directory(
    const LayerTree& tree, NodeId directory,
    const std::function<std::uint64_t(NodeId)>& inode_number);

}  // namespace estiba::archive::erofs
