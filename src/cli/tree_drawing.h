// Trees of text, as `tree` draws them: one line a node, branches to its left.
#pragma once

#include <string>
#include <vector>

namespace estiba::cli {

struct TreeNode {
  std::string label;               // beside the branch
  std::vector<std::string> cells;  // columns at the right, as many for every node
  std::vector<TreeNode> children;
};

// The columns are aligned to the right over all trees; nothing stands behind the last.
[[nodiscard]] std::string draw_trees(const std::vector<TreeNode>& roots);

// How many columns of a terminal the text takes; it is UTF-8 without wide characters.
[[nodiscard]] std::size_t text_width(const std::string& text);

}  // namespace estiba::cli
