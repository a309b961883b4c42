#include "archive/layer_xattrs.h"

#include "archive/whiteout.h"

namespace estiba::archive {

std::map<std::string, std::string> layer_xattrs(const TarEntry& entry) {
  std::map<std::string, std::string> kept;
  if (entry.type != EntryType::kFile && entry.type != EntryType::kDirectory) return kept;
  for (const auto& [name, value] : entry.xattrs) {
    if (is_layer_xattr(name)) kept.emplace(name, value);
  }
  return kept;
}

}  // namespace estiba::archive
