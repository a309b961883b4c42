// The owner, attributes and times of what was extracted. `name` in `dir_fd`, or `dir_fd` itself
// where it is ""; links are not followed.
#pragma once

#include <map>
#include <string>

#include "archive/tar_entry.h"

namespace estiba::archive {

void set_owner(int dir_fd, const std::string& name, const TarEntry& entry);
void set_times(int dir_fd, const std::string& name, Timestamp mtime);

enum class Privilege { kRoot, kUser };
// What the filesystem does not have is left out, as docker does; without privilege also what only
// root may set.
void set_xattrs(int dir_fd, const std::string& name,
                const std::map<std::string, std::string>& xattrs, Privilege privilege);

}  // namespace estiba::archive
