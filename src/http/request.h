// A request as a handler of the server sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/stream.h"
#include "http/headers.h"
#include "http/target.h"

namespace estiba::http {

struct RequestHead {
  std::string method;  // as sent, e.g. "GET"
  Target target;
  Headers headers;
  std::string peer_address;  // "192.0.2.1:4711" or "[2001:db8::1]:4711"
  // The declared length of the body; nothing when it is chunked. 0 without a body.
  std::optional<std::uint64_t> content_length = 0;
  bool encrypted = false;
  std::string request_id{};
};

// Belongs to the thread that runs the handler.
class Request {
 public:
  // `body` is borrowed and must outlive the request. `stop` is requested when the server ends and
  // its grace is over: what waits in a handler should give up then.
  // `peer_gone` may be empty.
  Request(RequestHead head, Source& body, std::stop_token stop = {},
          std::function<bool()> peer_gone = {});

  [[nodiscard]] const std::string& method() const { return head_.method; }
  [[nodiscard]] const Target& target() const { return head_.target; }
  [[nodiscard]] const Query& query() const { return head_.target.query; }
  [[nodiscard]] const Headers& headers() const { return head_.headers; }
  [[nodiscard]] const std::string& peer_address() const { return head_.peer_address; }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const { return head_.content_length; }
  // Whether it came over TLS.
  [[nodiscard]] bool encrypted() const { return head_.encrypted; }
  // As the answer's X-Request-Id and the access log have it.
  [[nodiscard]] const std::string& request_id() const { return head_.request_id; }
  [[nodiscard]] bool has_body() const { return head_.content_length != 0; }
  [[nodiscard]] const std::stop_token& stop_token() const { return stop_; }
  // Nobody is left to answer: the client has ended its connection, or the server is ending.
  [[nodiscard]] bool is_abandoned() const {
    return stop_.stop_requested() || (peer_gone_ && peer_gone_());
  }

  // The body as it arrives; an empty one without a body. A client that waits with
  // "Expect: 100-continue" is told to go on by the first read(), so a handler that refuses should
  // answer without reading. Longer than `max_size_bytes` fails with kResourceExhausted: at once
  // when the declared length is, else by the read that passes it. A client that breaks off or
  // stalls makes read() fail with kUnavailable, malformed chunks with kInvalidArgument.
  // Read with large buffers (kCopyBufferBytes): bytes go straight into them.
  [[nodiscard]] Source& body(std::uint64_t max_size_bytes);
  // The whole of a small body.
  [[nodiscard]] std::string read_body(std::size_t max_size_bytes);

 private:
  RequestHead head_;
  Source& body_;
  std::unique_ptr<LimitedSource> limited_body_;
  std::stop_token stop_;
  std::function<bool()> peer_gone_;
};

}  // namespace estiba::http
