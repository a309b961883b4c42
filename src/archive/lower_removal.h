// Whiteouts of a layer that is extracted over the layers below it: they remove what those brought,
// never what the layer itself brings (OCI image specification, layer.md, "Whiteouts").
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "fs/root_dir.h"

namespace estiba::archive {

// Paths are without links.
class LowerRemoval {
 public:
  // The layer has this entry, and so all its parents.
  void remember(std::string_view path);
  void remove(const fs::RootDir& root, const std::string& path) const;
  void remove_content(const fs::RootDir& root, const std::string& directory) const;

 private:
  std::unordered_set<std::string> brought_;
};

}  // namespace estiba::archive
