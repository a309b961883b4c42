// The head of a request: request line and fields, up to the empty line (RFC 9112, 2 to 6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/headers.h"
#include "http/limits.h"

namespace estiba::http {

struct ParsedHead {
  std::string method;
  std::string target;
  Headers headers;
  bool http_1_0 = false;
  bool keep_alive = true;  // what the client wishes
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length = 0;  // nothing: chunked
};

// Why a head is refused; the connection is closed after the answer, because where the next message
// begins is unknown or not to be trusted.
struct Rejection {
  int status = 400;
  std::string_view reason;
};

// `text` ends with the empty line. Strict where leniency lets two servers disagree on the end of a
// message: both or repeated lengths, folded lines, and codings but "chunked" are refused.
[[nodiscard]] std::variant<ParsedHead, Rejection> parse_head(std::string_view text,
                                                             const ServerLimits& limits);

}  // namespace estiba::http
