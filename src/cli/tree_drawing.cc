#include "cli/tree_drawing.h"

#include <algorithm>

namespace estiba::cli {
namespace {

struct DrawnLine {
  std::string left;
  const std::vector<std::string>* cells = nullptr;
};

void draw_below(const TreeNode& node, const std::string& indent, std::vector<DrawnLine>& lines) {
  for (const TreeNode& child : node.children) {
    const bool last = &child == &node.children.back();
    lines.push_back({indent + (last ? "└─ " : "├─ ") + child.label, &child.cells});
    draw_below(child, indent + (last ? "   " : "│  "), lines);
  }
}

}  // namespace

std::size_t text_width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string draw_trees(const std::vector<TreeNode>& roots) {
  std::vector<DrawnLine> lines;
  for (const TreeNode& root : roots) {
    lines.push_back({root.label, &root.cells});
    draw_below(root, "", lines);
  }
  std::size_t left_width = 0;
  std::vector<std::size_t> widths;
  for (const DrawnLine& line : lines) {
    left_width = std::max(left_width, text_width(line.left));
    widths.resize(std::max(widths.size(), line.cells->size()));
    for (std::size_t i = 0; i < line.cells->size(); ++i) {
      widths[i] = std::max(widths[i], text_width((*line.cells)[i]));
    }
  }
  std::string text;
  for (const DrawnLine& line : lines) {
    text += line.left + std::string(left_width - text_width(line.left), ' ');
    for (std::size_t i = 0; i < line.cells->size(); ++i) {
      const std::string& cell = (*line.cells)[i];
      text += "   " + std::string(widths[i] - text_width(cell), ' ') + cell;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  return text;
}

}  // namespace estiba::cli
