#include "http/request.h"

#include <fmt/format.h>

#include "base/error.h"

namespace estiba::http {

Request::Request(RequestHead head, Source& body, std::stop_token stop,
                 std::function<bool()> peer_gone)
    : head_(std::move(head)),
      body_(body),
      stop_(std::move(stop)),
      peer_gone_(std::move(peer_gone)) {}

Source& Request::body(std::uint64_t max_size_bytes) {
  if (head_.content_length.value_or(0) > max_size_bytes) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("the body of the request has {} bytes where at most {} are allowed",
                            *head_.content_length, max_size_bytes));
  }
  limited_body_ = std::make_unique<LimitedSource>(body_, max_size_bytes, "the body of the request");
  return *limited_body_;
}

std::string Request::read_body(std::size_t max_size_bytes) {
  return read_all(body(max_size_bytes), max_size_bytes, "the body of the request");
}

}  // namespace estiba::http
