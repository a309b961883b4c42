// Bytes that flow: sources are pulled, sinks are pushed, adapters compose, so that an upload
// hashes, compresses and writes in one pass without holding a blob in memory.
//
// None of these is safe for use from several threads at once. Errors are thrown as Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/hash.h"

namespace estiba {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The size of one step of a copy: large enough to amortise system calls, small enough for L2.
inline constexpr std::size_t kCopyBufferBytes = 256 * 1024;

class Source {
 public:
  virtual ~Source() = default;
  // Fills some of `buffer` (never empty); returns the number of bytes, 0 only at the end.
  [[nodiscard]] virtual std::size_t read(MutableBytes buffer) = 0;
  // Passes over `count` bytes; fails with kDataLoss when fewer remain. Seeks where it can.
  virtual void skip(std::uint64_t count);
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(Bytes data) = 0;
  // Flushes what is buffered (a compressor's tail). Called exactly once, after the last write.
  virtual void finish() {}
};

class StringSource final : public Source {  // keeps its own copy
 public:
  explicit StringSource(std::string data) : data_(std::move(data)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;

 private:
  std::string data_;
  std::size_t position_ = 0;
};

class StringSink final : public Sink {
 public:
  // More than `max_size_bytes` fails with kResourceExhausted.
  explicit StringSink(std::size_t max_size_bytes) : max_size_bytes_(max_size_bytes) {}
  void write(Bytes data) override;
  [[nodiscard]] std::string& text() { return text_; }

 private:
  std::size_t max_size_bytes_;
  std::string text_;
};

class FdSource final : public Source {
 public:
  FdSource(UniqueFd fd, std::string what) : fd_(std::move(fd)), what_(std::move(what)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;
  void skip(std::uint64_t count) override;  // lseek on regular files

 private:
  UniqueFd fd_;
  std::string what_;
};

class FdSink final : public Sink {  // borrows the descriptor
 public:
  FdSink(int fd, std::string what) : fd_(fd), what_(std::move(what)) {}
  void write(Bytes data) override;

 private:
  int fd_;
  std::string what_;
};

// Passes on to two sinks. Borrows both; finish() finishes both.
class TeeSink final : public Sink {
 public:
  TeeSink(Sink& first, Sink& second) : first_(first), second_(second) {}
  void write(Bytes data) override;
  void finish() override;

 private:
  Sink& first_;
  Sink& second_;
};

// Hashes and counts what passes; passes on to `next` unless null. Borrows.
class HashSink final : public Sink {
 public:
  explicit HashSink(HashAlgorithm algorithm, Sink* next = nullptr)
      : hasher_(algorithm), next_(next) {}
  void write(Bytes data) override;
  void finish() override;
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] Hasher& hasher() { return hasher_; }

 private:
  Hasher hasher_;
  Sink* next_;
  std::uint64_t size_bytes_ = 0;
};

// Fails with kResourceExhausted once more than `limit_bytes` have passed. Borrows.
class LimitedSource final : public Source {
 public:
  LimitedSource(Source& inner, std::uint64_t limit_bytes, std::string what)
      : inner_(inner), remaining_(limit_bytes), what_(std::move(what)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;

 private:
  Source& inner_;
  std::uint64_t remaining_;
  std::string what_;
};

// Calls `on_bytes(count)` for what passes: progress, cancellation (by throwing). Borrows.
class CountingSource final : public Source {
 public:
  CountingSource(Source& inner, std::function<void(std::uint64_t)> on_bytes)
      : inner_(inner), on_bytes_(std::move(on_bytes)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;

 private:
  Source& inner_;
  std::function<void(std::uint64_t)> on_bytes_;
};

// Copies until the end; does not call finish(). Returns the number of bytes.
std::uint64_t copy(Source& from, Sink& to);
// Reads exactly buffer.size() bytes; fails with kDataLoss naming `what` when the source ends early.
void read_exactly(Source& from, MutableBytes buffer, std::string_view what);
[[nodiscard]] std::string read_all(Source& from, std::size_t max_size_bytes, std::string_view what);

}  // namespace estiba
