// Which entries below a source are copied: what .dockerignore, --exclude and --parents say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/ignore.h"

namespace estiba::build {

// Asked from the top down, in the order of a walk. Not thread-safe. Borrows the rules.
class ItemFilter {
 public:
  // `ignore` speaks of paths in the tree, `includes` and `excludes` of paths below the source. No
  // includes: everything. Null: none.
  ItemFilter(const dockerfile::IgnoreRules* ignore, const std::vector<std::string>& includes,
             const std::vector<std::string>* excludes);

  // The walk begins at this path of the tree.
  void start(const std::string& base);

  struct Verdict {
    bool kept = true;
    bool enter = true;        // a directory: something in it may be kept
    bool by_pattern = false;  // includes or excludes, not .dockerignore, left it out
  };
  // `path` is below the base; directories are remembered for what is in them.
  [[nodiscard]] Verdict judge(std::string_view path, bool is_directory);

 private:
  struct Level {
    std::string path;  // below the base
    dockerfile::IgnoreRules::Verdict ignored, excluded, included;
  };
  void leave_until_above(std::string_view path);

  const dockerfile::IgnoreRules* ignore_;
  dockerfile::IgnoreRules includes_;
  dockerfile::IgnoreRules excludes_;
  bool includes_all_;
  std::string base_;
  std::vector<Level> levels_;  // the base and the directories down to the current entry
};

}  // namespace estiba::build
