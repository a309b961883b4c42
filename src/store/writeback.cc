#include "store/writeback.h"

#include <fcntl.h>

namespace estiba::store {
namespace {

constexpr std::uint64_t kRequestBytes = 8u << 20;

}  // namespace

std::uint64_t start_writeback(int fd, std::uint64_t flushed_bytes, std::uint64_t written_bytes) {
  if (written_bytes - flushed_bytes < kRequestBytes) return flushed_bytes;
  // Only advice: where the filesystem does not know it, the later sync waits longer.
  ::sync_file_range(fd, static_cast<off64_t>(flushed_bytes),
                    static_cast<off64_t>(written_bytes - flushed_bytes), SYNC_FILE_RANGE_WRITE);
  return written_bytes;
}

}  // namespace estiba::store
