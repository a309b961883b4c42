// The compressors themselves; everybody else goes through compression.h.
#pragma once

#include <memory>
#include <vector>

#include "archive/compression.h"
#include "base/stream.h"

namespace estiba::archive {

[[nodiscard]] std::unique_ptr<Source> make_gzip_decompressor(Source& inner);
[[nodiscard]] std::unique_ptr<Source> make_zstd_decompressor(Source& inner);
[[nodiscard]] std::unique_ptr<Sink> make_gzip_compressor(Sink& inner, CompressionLevel level);
[[nodiscard]] std::unique_ptr<Sink> make_zstd_compressor(Sink& inner, int level);
// See portable_gzip.cc.
[[nodiscard]] std::unique_ptr<Sink> make_portable_gzip_compressor(Sink& inner, int level);

// The compressed bytes that a decompressor works on.
class InputBuffer {
 public:
  explicit InputBuffer(Source& source) : source_(source), buffer_(kCopyBufferBytes) {}
  // What is not consumed yet, read anew when there is nothing; empty at the end.
  [[nodiscard]] Bytes available();
  void consume(std::size_t count) { begin_ += count; }

 private:
  Source& source_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Cuts what is written into pieces of one size, so that the output of a compressor does not depend
// on how its input came.
class ChunkingSink : public Sink {
 public:
  ChunkingSink() { chunk_.reserve(kCopyBufferBytes); }
  void write(Bytes data) final;
  void finish() final;

 private:
  // `chunk` has kCopyBufferBytes but for the last one, which may be empty.
  virtual void compress(Bytes chunk, bool is_last) = 0;

  std::vector<std::byte> chunk_;
};

}  // namespace estiba::archive
