// Responses on the wire (RFC 9112, 4 to 7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/limits.h"
#include "http/response.h"
#include "http/socket.h"

namespace estiba::http {

// What the request demands of its answer.
struct ResponseTerms {
  bool head_only = false;  // the request was HEAD
  bool http_1_0 = false;   // no chunks, and keeping the connection must be announced
  bool keep_alive = true;
};

class ResponseWriter {
 public:
  // Borrows both.
  ResponseWriter(Socket& socket, const ServerLimits& limits) : socket_(socket), limits_(limits) {}

  // Sends the head and a body that is a text or a writer. A body that is a file region is returned
  // with its first byte unsent. An Error of a writer passes through; head_sent() then tells whether
  // another answer can take its place.
  [[nodiscard]] std::optional<FileRegion> send(Response response, const ResponseTerms& terms);

  [[nodiscard]] bool head_sent() const { return head_sent_; }
  // Whether the end of this response is the end of the connection.
  [[nodiscard]] bool closes() const { return closes_; }
  [[nodiscard]] std::uint64_t sent_body_bytes() const { return sent_body_bytes_; }

 private:
  void send_text(std::string& head, const std::string& body);
  void send_stream(std::string head, const StreamedBody& body, bool chunked);

  Socket& socket_;
  const ServerLimits& limits_;
  bool head_sent_ = false;
  bool closes_ = false;
  std::uint64_t sent_body_bytes_ = 0;
};

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
[[nodiscard]] std::string format_http_date(std::int64_t unix_seconds);

}  // namespace estiba::http
