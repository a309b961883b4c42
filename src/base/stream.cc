#include "base/stream.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace estiba {
namespace {

[[noreturn]] void throw_ended_early(std::string_view what, std::uint64_t missing_bytes) {
  throw Error(ErrorCode::kDataLoss,
              fmt::format("{} ended early: {} more bytes were expected", what, missing_bytes));
}

}  // namespace

void Source::skip(std::uint64_t count) {
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(count, kCopyBufferBytes)));
  while (count > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer.size()));
    const std::size_t got = read(MutableBytes(buffer).first(wanted));
    if (got == 0) throw_ended_early("the stream", count);
    count -= got;
  }
}

std::size_t StringSource::read(MutableBytes buffer) {
  const std::size_t count = std::min(buffer.size(), data_.size() - position_);
  std::memcpy(buffer.data(), data_.data() + position_, count);
  position_ += count;
  return count;
}

void StringSink::write(Bytes data) {
  if (data.size() > max_size_bytes_ - text_.size()) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("the text is larger than {} bytes", max_size_bytes_));
  }
  text_ += as_text(data);
}

std::size_t FdSource::read(MutableBytes buffer) {
  return read_some(fd_.get(), buffer, what_);
}

void FdSource::skip(std::uint64_t count) {
  struct stat status = {};
  const off_t position = ::lseek(fd_.get(), 0, SEEK_CUR);
  if (position < 0 || ::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    Source::skip(count);
    return;
  }
  const auto remaining = static_cast<std::uint64_t>(std::max<off_t>(status.st_size - position, 0));
  if (count > remaining) throw_ended_early(what_, count - remaining);
  if (::lseek(fd_.get(), static_cast<off_t>(count), SEEK_CUR) < 0) throw_errno("seek in " + what_);
}

void FdSink::write(Bytes data) {
  write_all(fd_, data, what_);
}

void TeeSink::write(Bytes data) {
  first_.write(data);
  second_.write(data);
}

void TeeSink::finish() {
  first_.finish();
  second_.finish();
}

void HashSink::write(Bytes data) {
  hasher_.update(data);
  size_bytes_ += data.size();
  if (next_ != nullptr) next_->write(data);
}

void HashSink::finish() {
  if (next_ != nullptr) next_->finish();
}

std::size_t LimitedSource::read(MutableBytes buffer) {
  const std::size_t count = inner_.read(buffer);
  if (count > remaining_) {
    throw Error(ErrorCode::kResourceExhausted, what_ + " is larger than allowed");
  }
  remaining_ -= count;
  return count;
}

std::size_t CountingSource::read(MutableBytes buffer) {
  const std::size_t count = inner_.read(buffer);
  if (count > 0) on_bytes_(count);
  return count;
}

std::uint64_t copy(Source& from, Sink& to) {
  std::vector<std::byte> buffer(kCopyBufferBytes);
  std::uint64_t total = 0;
  while (const std::size_t count = from.read(buffer)) {
    to.write(Bytes(buffer).first(count));
    total += count;
  }
  return total;
}

void read_exactly(Source& from, MutableBytes buffer, std::string_view what) {
  while (!buffer.empty()) {
    const std::size_t count = from.read(buffer);
    if (count == 0) throw_ended_early(what, buffer.size());
    buffer = buffer.subspan(count);
  }
}

std::string read_all(Source& from, std::size_t max_size_bytes, std::string_view what) {
  LimitedSource limited(from, max_size_bytes, std::string(what));
  std::string text;
  std::size_t used = 0;
  for (;;) {
    // Grows with what arrives, so that a small document never costs a large buffer.
    if (used == text.size()) text.resize(std::max<std::size_t>(4096, text.size() * 2));
    const std::size_t count = limited.read(std::as_writable_bytes(std::span(text)).subspan(used));
    if (count == 0) break;
    used += count;
  }
  text.resize(used);
  return text;
}

}  // namespace estiba
