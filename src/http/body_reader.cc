// Chunks are decoded here and not by Beast, so that their data goes from the socket straight into
// the reader's buffer.
#include "http/body_reader.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace estiba::http {
namespace {

// "1f4;name=value": extensions mean nothing to us and are short where they exist.
constexpr std::size_t kMaxChunkLineBytes = 1024;
// Checksums and signatures; they are dropped.
constexpr std::size_t kMaxTrailerBytes = 8 * 1024;

Error malformed() {
  return {ErrorCode::kInvalidArgument, "the body of the request has a malformed chunk"};
}

// The size line of a chunk (RFC 9112, 7.1), without its CRLF.
std::uint64_t parse_chunk_size(std::string_view line) {
  constexpr std::size_t kMaxDigits = 15;  // below 2^60: sums can't overflow
  std::string_view digits = line.substr(0, line.find(';'));
  while (digits.ends_with(' ') || digits.ends_with('\t')) digits.remove_suffix(1);
  std::uint64_t size = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, size, 16);
  if (digits.empty() || digits.size() > kMaxDigits || error != std::errc() || rest != end) {
    throw malformed();
  }
  return size;
}

}  // namespace

BodyReader::BodyReader(const ParsedHead& head, Socket& socket, BufferedInput& input,
                       const ServerLimits& limits)
    : socket_(socket),
      input_(input),
      limits_(limits),
      chunked_(!head.content_length),
      continue_is_due_(head.expects_continue),
      state_(chunked_ ? State::kChunkSize : State::kData),
      remaining_bytes_(head.content_length.value_or(0)) {
  if (!chunked_ && remaining_bytes_ == 0) state_ = State::kEnd;
}

std::size_t BodyReader::read(MutableBytes buffer) {
  if (state_ == State::kEnd) return 0;
  if (state_ == State::kBroken) {
    throw Error(ErrorCode::kUnavailable, "the body of the request broke off before");
  }
  // Whatever fails from here on leaves the position in the connection unknown.
  const State state = std::exchange(state_, State::kBroken);
  if (continue_is_due_) send_continue();
  state_ = state;
  try {
    const std::size_t count = chunked_ ? read_chunked(buffer) : read_data(buffer);
    received_bytes_ += count;
    return count;
  } catch (...) {
    state_ = State::kBroken;
    throw;
  }
}

// A client that sent its body without waiting does not need to be told.
void BodyReader::send_continue() {
  continue_is_due_ = false;
  if (!input_.buffered().empty()) return;
  socket_.write("HTTP/1.1 100 Continue\r\n\r\n", limits_.write_timeout);
}

// Calls `read` with the time that it may wait: until the next byte, and for the body as a whole at
// its minimal pace. Time that the handler takes does not count.
template <typename Read>
std::size_t BodyReader::wait_for(Read&& read) {
  using std::chrono::milliseconds;
  const milliseconds granted =
      limits_.body_timeout +
      milliseconds(arrived_bytes_ * 1000 / limits_.min_body_bytes_per_second);
  const auto left = std::chrono::ceil<milliseconds>(granted - waited_);
  const auto started = std::chrono::steady_clock::now();
  const std::size_t count = read(std::clamp(left, milliseconds(0), limits_.body_timeout));
  waited_ += std::chrono::steady_clock::now() - started;
  if (count == 0) {
    throw Error(ErrorCode::kUnavailable, "the client broke off in the middle of the body");
  }
  arrived_bytes_ += count;
  return count;
}

std::size_t BodyReader::read_data(MutableBytes buffer) {
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), remaining_bytes_);
  const std::size_t count =
      wait_for([&](auto patience) { return input_.read(buffer.first(wanted), patience); });
  remaining_bytes_ -= count;
  if (remaining_bytes_ == 0) state_ = chunked_ ? State::kChunkEnd : State::kEnd;
  return count;
}

std::size_t BodyReader::read_chunked(MutableBytes buffer) {
  std::size_t filled = 0;
  // Small chunks that are here already are handed over together.
  while (filled < buffer.size() && (filled == 0 || !input_.buffered().empty())) {
    switch (state_) {
      case State::kChunkSize:
        read_chunk_size();
        break;
      case State::kData:
        filled += read_data(buffer.subspan(filled));
        break;
      case State::kChunkEnd:
        read_chunk_end();
        break;
      case State::kTrailer:
        read_trailer();
        break;
      case State::kEnd:
      case State::kBroken:
        return filled;
    }
  }
  return filled;
}

void BodyReader::read_chunk_size() {
  remaining_bytes_ = parse_chunk_size(read_line(kMaxChunkLineBytes));
  state_ = remaining_bytes_ == 0 ? State::kTrailer : State::kData;
}

void BodyReader::read_chunk_end() {
  if (!read_line(0).empty()) throw malformed();
  state_ = State::kChunkSize;
}

void BodyReader::read_trailer() {
  std::size_t left = kMaxTrailerBytes;
  while (true) {
    const std::string_view line = read_line(left);
    if (line.empty()) break;
    left -= line.size();
  }
  state_ = State::kEnd;
}

// Up to `max_bytes` before a CRLF. A lone CR or LF is refused: peers disagree on what it means.
std::string_view BodyReader::read_line(std::size_t max_bytes) {
  while (true) {
    const std::string_view here = input_.buffered();
    const std::size_t end = here.find_first_of("\r\n");
    if (std::min(end, here.size()) > max_bytes) throw malformed();
    if (end != std::string_view::npos && end + 1 < here.size()) {
      if (here.substr(end, 2) != "\r\n") throw malformed();
      line_ = here.substr(0, end);
      input_.consume(end + 2);
      return line_;
    }
    if (end != std::string_view::npos && here[end] == '\n') throw malformed();
    wait_for([&](auto patience) { return input_.fill(patience); });
  }
}

bool BodyReader::can_drain(std::uint64_t limit_bytes) const {
  if (state_ == State::kEnd) return true;
  if (state_ == State::kBroken || continue_is_due_) return false;
  return chunked_ || remaining_bytes_ <= limit_bytes;
}

bool BodyReader::drain(std::uint64_t limit_bytes) {
  if (!can_drain(limit_bytes)) return false;
  std::vector<std::byte> buffer(at_end() ? 0 : 64 * 1024);
  std::uint64_t dropped = 0;
  try {
    while (!at_end()) {
      dropped += read(buffer);
      if (dropped > limit_bytes) return false;
    }
  } catch (const Error&) {
    return false;  // the client has gone or talks nonsense: nothing to keep
  }
  return true;
}

}  // namespace estiba::http
