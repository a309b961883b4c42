#include "cli/image_tree.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace estiba::cli {
namespace {

TreeLayer layer_of(const std::string& name, std::uint64_t size_bytes) {
  return {Digest::parse("sha256:" + std::string(64 - name.size(), '0') + name), size_bytes};
}

TEST(ImageTree, ShowsWhatImagesShareAndWhatEachAdds) {
  const TreeLayer base = layer_of("a", 100'000'000);
  const TreeLayer tools = layer_of("b", 20'000'000);
  const TreeLayer app = layer_of("c", 1'500);
  const TreeLayer other = layer_of("d", 7'000'000);
  EXPECT_EQ(
      image_tree(
          {{"debian", {base}}, {"app, app:1.0", {base, tools, app}}, {"other", {base, other}}}),
      "debian            100MB    1 layer\n"
      "├─ app, app:1.0   +20MB   2 layers\n"
      "└─ other           +7MB    1 layer\n"
      "\n"
      "3 images, 4 layers: 127MB; without sharing 327MB\n");
}

TEST(ImageTree, NamesTheLayersThatBelongToNoImageAlone) {
  const TreeLayer base = layer_of("a", 1'000);
  EXPECT_EQ(image_tree({{"one", {base, layer_of("b", 1)}}, {"two", {base, layer_of("c", 2)}}}),
            "(shared)   1kB   1 layer\n"
            "├─ one     +1B   1 layer\n"
            "└─ two     +2B   1 layer\n"
            "\n"
            "2 images, 3 layers: 1kB; without sharing 2kB\n");
}

TEST(ImageTree, HasImagesWithoutLayers) {
  EXPECT_EQ(image_tree({{"empty", {}}}),
            "empty   0B   0 layers\n\n1 image, 0 layers: 0B; without sharing 0B\n");
}

}  // namespace
}  // namespace estiba::cli
