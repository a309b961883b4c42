// What files take on the disk.
#pragma once

#include <cstdint>
#include <string>

namespace estiba::store {

// Allocated bytes of a file or of a whole tree (its directories included); 0 when it is absent.
[[nodiscard]] std::uint64_t disk_size_bytes(const std::string& path);

}  // namespace estiba::store
