// Which extended attributes of an entry an extracted layer has.
#pragma once

#include <map>
#include <string>

#include "archive/tar_entry.h"

namespace estiba::archive {

// Those of files and directories that is_layer_xattr() lets pass: Linux has no user.* on other
// types, and nothing else there means anything.
[[nodiscard]] std::map<std::string, std::string> layer_xattrs(const TarEntry& entry);

}  // namespace estiba::archive
