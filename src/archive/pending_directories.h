// Directories that still get their modes, times and attributes: only once all is in them, since
// adding to a directory changes its time, may be forbidden by its mode, and inherits default access
// control lists.
#pragma once

#include <map>
#include <string>

#include "archive/file_metadata.h"
#include "archive/tar_entry.h"
#include "fs/root_dir.h"

namespace estiba::archive {

class PendingDirectories {
 public:
  // `path` without links. The last entry for a directory counts, attributes add up.
  void add(const std::string& path, const TarEntry& entry);
  // `path` and all below it are gone.
  void forget(const std::string& path);
  void apply(const fs::RootDir& root, Privilege privilege);

 private:
  struct Metadata {
    std::uint32_t mode = 0;
    Timestamp mtime{};
    std::map<std::string, std::string> xattrs;
  };
  std::map<std::string, Metadata> directories_;
};

}  // namespace estiba::archive
