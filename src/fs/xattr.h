// Extended attributes of directory entries; symbolic links are not followed.
#pragma once

#include <map>
#include <string>

namespace estiba::fs {

using Xattrs = std::map<std::string, std::string>;

// All that we may see of the entry `name` in `dir_fd`; "" is `dir_fd` itself. Empty where the
// filesystem has none. Which of them belong into an image is the caller's choice.
[[nodiscard]] Xattrs read_xattrs(int dir_fd, const std::string& name);
// kUnsupported where the filesystem refuses, kPermissionDenied where we may not.
void write_xattr(int dir_fd, const std::string& name, const std::string& key,
                 const std::string& value);

}  // namespace estiba::fs
