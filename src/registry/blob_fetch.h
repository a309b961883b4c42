// A blob on its way from an upstream: one download, any number of readers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>

#include "base/fd.h"
#include "base/stream.h"

namespace estiba::registry {

// The downloading side reports, the reading sides wait. Thread-safe.
class BlobFetch {
 public:
  explicit BlobFetch(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}

  // The file that grows; kept open until the last reader has gone.
  void begin(UniqueFd file);
  void grown_to(std::uint64_t size_bytes);
  void finish();
  void fail(std::exception_ptr failure);

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  // Returns when the upstream has begun to send; throws why it does not.
  void wait_until_begun();
  void wait_until_done();
  // Writes all of it, as it arrives. The last bytes are held back until the digest is verified, so
  // that nobody has a whole blob which is not what it is called. Throws when the download fails.
  void stream(Sink& to);

 private:
  // Verified, or how much may be read.
  std::uint64_t wait_beyond(std::uint64_t offset_bytes);

  const std::uint64_t size_bytes_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  UniqueFd file_;
  std::uint64_t readable_bytes_ = 0;
  bool begun_ = false;
  bool done_ = false;
  std::exception_ptr failure_;
};

}  // namespace estiba::registry
