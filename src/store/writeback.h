// Getting written bytes on their way to the disk before anybody waits for them.
#pragma once

#include <cstdint>

namespace estiba::store {

// Asks the kernel to write [flushed_bytes, written_bytes) out, once that is worth a request.
// Returns up to where it has been asked.
std::uint64_t start_writeback(int fd, std::uint64_t flushed_bytes, std::uint64_t written_bytes);

}  // namespace estiba::store
