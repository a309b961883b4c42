// The body of one request as it comes from its connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/stream.h"
#include "http/head_parser.h"
#include "http/socket.h"

namespace estiba::http {

class BodyReader final : public Source {
 public:
  // Borrows the connection's parts.
  BodyReader(const ParsedHead& head, Socket& socket, BufferedInput& input,
             const ServerLimits& limits);

  [[nodiscard]] std::size_t read(MutableBytes buffer) override;

  // Whether the next byte of the connection belongs to the next request.
  [[nodiscard]] bool at_end() const { return state_ == State::kEnd; }
  // Reads and drops at most `limit_bytes`, if the client is not still waiting for "100 Continue".
  // True when the end was reached.
  [[nodiscard]] bool drain(std::uint64_t limit_bytes);
  // Whether drain() has a chance, so that the response may promise to keep the connection.
  [[nodiscard]] bool can_drain(std::uint64_t limit_bytes) const;
  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }

 private:
  enum class State { kData, kChunkSize, kChunkEnd, kTrailer, kEnd, kBroken };

  std::size_t read_data(MutableBytes buffer);
  std::size_t read_chunked(MutableBytes buffer);
  void read_chunk_size();
  void read_chunk_end();
  void read_trailer();
  std::string_view read_line(std::size_t max_bytes);
  template <typename Read>
  std::size_t wait_for(Read&& read);
  void send_continue();

  Socket& socket_;
  BufferedInput& input_;
  const ServerLimits& limits_;
  bool chunked_;
  bool continue_is_due_;
  State state_;
  std::uint64_t remaining_bytes_ = 0;  // of the body, or of the current chunk
  std::uint64_t received_bytes_ = 0;
  std::uint64_t arrived_bytes_ = 0;  // with the framing of chunks
  std::chrono::steady_clock::duration waited_{0};
  std::string line_;
};

}  // namespace estiba::http
