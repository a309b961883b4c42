#include "cli/image_tree.h"

#include <map>

#include "base/size.h"
#include "base/text.h"
#include "cli/tree_drawing.h"

namespace estiba::cli {
namespace {

constexpr int kTreeSizeDigits = 3;

// Images by the chain of their layers.
struct LayerNode {
  std::uint64_t size_bytes = 0;
  std::vector<std::string> images;  // that end here
  std::vector<Digest> order;        // of the children, as they came
  std::map<Digest, LayerNode> children;
};

void add_image(LayerNode& root, const TreeImage& image) {
  LayerNode* node = &root;
  for (const TreeLayer& layer : image.layers) {
    const auto [child, is_new] = node->children.try_emplace(layer.diff_id);
    if (is_new) node->order.push_back(layer.diff_id);
    node = &child->second;
    node->size_bytes = layer.size_bytes;
  }
  node->images.push_back(image.name);
}

std::string layer_count(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " layer" : " layers");
}

TreeNode run_of_layers(const LayerNode& first, bool is_root) {
  const LayerNode* node = &first;
  std::uint64_t size_bytes = first.size_bytes;
  std::size_t layers = 1;
  while (node->images.empty() && node->order.size() == 1) {
    node = &node->children.at(node->order.front());
    size_bytes += node->size_bytes;
    ++layers;
  }
  TreeNode tree;
  tree.label = node->images.empty() ? "(shared)" : join(node->images, ", ");
  tree.cells = {(is_root ? "" : "+") + format_size(size_bytes, kTreeSizeDigits),
                layer_count(layers)};
  for (const Digest& child : node->order) {
    tree.children.push_back(run_of_layers(node->children.at(child), false));
  }
  return tree;
}

struct LayerTotals {
  std::size_t layers = 0;
  std::uint64_t bytes = 0;
};

LayerTotals distinct_layers(const std::vector<TreeImage>& images) {
  std::map<Digest, std::uint64_t> sizes;
  for (const TreeImage& image : images) {
    for (const TreeLayer& layer : image.layers) sizes[layer.diff_id] = layer.size_bytes;
  }
  LayerTotals totals{.layers = sizes.size()};
  for (const auto& [diff_id, size_bytes] : sizes) totals.bytes += size_bytes;
  return totals;
}

}  // namespace

std::string image_tree(const std::vector<TreeImage>& images) {
  LayerNode root;
  std::uint64_t unshared_bytes = 0;
  for (const TreeImage& image : images) {
    add_image(root, image);
    for (const TreeLayer& layer : image.layers) unshared_bytes += layer.size_bytes;
  }
  std::vector<TreeNode> trees;
  for (const std::string& name : root.images) trees.push_back({name, {"0B", "0 layers"}, {}});
  for (const Digest& child : root.order) {
    trees.push_back(run_of_layers(root.children.at(child), true));
  }
  const LayerTotals totals = distinct_layers(images);
  return draw_trees(trees) + "\n" + std::to_string(images.size()) +
         (images.size() == 1 ? " image, " : " images, ") + layer_count(totals.layers) + ": " +
         format_size(totals.bytes, kTreeSizeDigits) + "; without sharing " +
         format_size(unshared_bytes, kTreeSizeDigits) + "\n";
}

}  // namespace estiba::cli
