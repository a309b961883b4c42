// Bytes that pass from one descriptor to another as a part of a poll() loop.
#pragma once

#include <poll.h>

#include <cstddef>
#include <vector>

#include "base/fd.h"

namespace estiba::run {

class DetachKeys;

// One direction. Never blocks for long: it reads and writes when poll() says so, in steps that a
// pipe takes whole. Descriptors are not made non-blocking, because the user's terminal is shared
// with the shell that started us. Not thread-safe.
class Relay {
 public:
  // Owns both. After the last byte `to` is closed; when nobody reads `to` any more, `from` is. What
  // passes is watched by `keys`, which is borrowed.
  Relay(UniqueFd from, UniqueFd to, DetachKeys* keys = nullptr);

  // What to wait for: one descriptor, or -1 once it is finished.
  [[nodiscard]] pollfd wanted() const;
  // Does what `ready` (the answer to wanted()) allows.
  void step(const pollfd& ready);
  [[nodiscard]] bool finished() const { return !from_ && pending_ == 0; }

 private:
  void read_more();
  void write_pending();
  void finish();

  UniqueFd from_;
  UniqueFd to_;
  DetachKeys* keys_;
  std::vector<std::byte> buffer_;
  std::size_t start_ = 0;  // of what is pending in buffer_
  std::size_t pending_ = 0;
};

}  // namespace estiba::run
