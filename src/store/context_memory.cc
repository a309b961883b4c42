#include "store/context_memory.h"

#include <fcntl.h>

#include "base/fd.h"
#include "fs/tree.h"
#include "store/disk_size.h"

namespace estiba::store {

std::uint64_t forget_contexts(const std::string& store_root) {
  const std::string directory = store_root + "/context-cache";
  const UniqueFd fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  std::uint64_t freed_bytes = 0;
  for (const std::string& name : fs::list_directory(fd.get())) {
    if (name.ends_with(".bases")) continue;
    freed_bytes += disk_size_bytes(directory + "/" + name);
    fs::remove_tree_at(fd.get(), name);
  }
  return freed_bytes;
}

}  // namespace estiba::store
