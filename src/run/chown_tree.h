// podman's U: a volume becomes the property of who uses it.
#pragma once

#include <sys/types.h>

#include <string>

namespace estiba::run {

// `path` and everything below get the owner; links are changed, not followed.
void chown_tree(const std::string& path, uid_t uid, gid_t gid);

}  // namespace estiba::run
