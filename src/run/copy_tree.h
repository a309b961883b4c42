// Copying files and directories as they are: types, modes, times, extended attributes, hard links.
// Symbolic links are copied, never followed.
#pragma once

#include <string>

#include "fs/root_dir.h"

namespace estiba::run {

// The first content of a volume: everything below `from_fd` into the empty directory `to_fd`, and
// the directory's own owner and mode. Both are open for reading.
void copy_tree(int from_fd, int to_fd);

enum class CopiedOwner { kKept, kOurs };

// The file or directory `name` of `from_parent_fd` becomes `to_path` of `to`, whose parent exists.
// A directory joins one that is there, whose attributes stay; anything else replaces a file that is
// there. kConflict where a directory would replace a file or the other way round.
void copy_entry(int from_parent_fd, const std::string& name, const fs::RootDir& to,
                const std::string& to_path, CopiedOwner owner);

}  // namespace estiba::run
