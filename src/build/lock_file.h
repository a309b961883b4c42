// Dockerfile.lock: the digests that tags stood for when somebody pinned them.
//
// A line for each image, "REFERENCE DIGEST", sorted; lines that begin with "#" are comments.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "oci/digest.h"
#include "oci/reference.h"

namespace estiba::build {

// By the whole name: "docker.io/library/debian:12".
using LockedImages = std::map<std::string, Digest>;

// Throws kInvalidArgument naming the line.
[[nodiscard]] LockedImages parse_lock_file(std::string_view text, const std::string& name);
[[nodiscard]] std::string format_lock_file(const LockedImages& images);
// What stands beside a Dockerfile; nothing when there is none. `dockerfile_path` may be empty.
[[nodiscard]] LockedImages read_lock_file(const std::string& dockerfile_path);
[[nodiscard]] std::string lock_file_path(const std::string& dockerfile_path);

}  // namespace estiba::build
