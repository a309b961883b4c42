#include "archive/compressors.h"

#include <algorithm>

namespace estiba::archive {

Bytes InputBuffer::available() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = source_.read(buffer_);
  }
  return Bytes(buffer_).subspan(begin_, end_ - begin_);
}

void ChunkingSink::write(Bytes data) {
  while (!data.empty()) {
    // A full chunk waits for more data: it may be the last one.
    if (chunk_.size() == kCopyBufferBytes) {
      compress(chunk_, false);
      chunk_.clear();
    }
    const std::size_t count = std::min(data.size(), kCopyBufferBytes - chunk_.size());
    chunk_.insert(chunk_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count));
    data = data.subspan(count);
  }
}

void ChunkingSink::finish() {
  compress(chunk_, true);
}

}  // namespace estiba::archive
