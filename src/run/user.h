// Who a container's process is: names of the container's own /etc/passwd and /etc/group.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace estiba::fs {
class RootDir;
}

namespace estiba::run {

struct ResolvedUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> additional_gids;
  std::string home;  // "/" when no entry tells
};

// Resolves "name|uid[:group|gid]" (empty: root) by docker's rules: a number needs no entry, a group
// that is given replaces the user's own and its supplementary ones. Throws kInvalidArgument:
// "unable to find user x: no matching entries in passwd file".
[[nodiscard]] ResolvedUser resolve_user(const fs::RootDir& root, std::string_view user);

// Adds groups that the caller names (--group-add), by name of the container's /etc/group or number.
void add_groups(const fs::RootDir& root, const std::vector<std::string>& groups,
                ResolvedUser& user);

}  // namespace estiba::run
