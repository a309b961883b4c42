#include "archive/file_source.h"

#include <algorithm>

#include "base/error.h"

namespace estiba::archive {

std::size_t FileSource::read(MutableBytes buffer) {
  const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), end_ - position_);
  if (wanted == 0) return 0;
  const std::size_t got = read_at(fd_, buffer.first(wanted), position_, what_);
  position_ += got;
  return got;
}

void FileSource::skip(std::uint64_t count) {
  if (count > end_ - position_) {
    throw Error(ErrorCode::kDataLoss, what_ + " ends too early");
  }
  position_ += count;
}

}  // namespace estiba::archive
