// The ids of other users that an ordinary user may give to files of his: /etc/subuid, /etc/subgid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace estiba::fs {

struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct SubordinateIds {
  std::string user;  // his name, or his number where he has none
  std::vector<IdRange> users = {};
  std::vector<IdRange> groups = {};

  // Files of images can have owners only where both are there.
  [[nodiscard]] bool complete() const { return !users.empty() && !groups.empty(); }
};

// Lines that are no ranges are left out, as newuidmap does.
[[nodiscard]] SubordinateIds subordinate_ids(uid_t uid);

// The lines of one such file that are about the user, by name or by number.
[[nodiscard]] std::vector<IdRange> parse_subordinate_ids(const std::string& text,
                                                         const std::string& user, uid_t uid);

}  // namespace estiba::fs
