// The filesystem that holds a path.
#pragma once

#include <cstdint>
#include <string>

namespace estiba::fs {

struct DiskSpace {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;  // what an ordinary user may still fill
};
[[nodiscard]] DiskSpace disk_space(const std::string& path);

// "ext4", "xfs", "overlay", ...; the magic number in hexadecimal when it is a stranger.
[[nodiscard]] std::string filesystem_name(const std::string& path);

}  // namespace estiba::fs
