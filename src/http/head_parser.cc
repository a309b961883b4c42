// The only file that includes Boost.Beast, which takes half a minute to compile. Beast splits the
// head into tokens; which framing of the body we accept is decided here, more strictly.
#include "http/head_parser.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

namespace estiba::http {
namespace {

namespace beast = boost::beast;
using BeastParser = beast::http::request_parser<beast::http::empty_body>;

std::string to_string(beast::string_view text) {
  return {text.data(), text.size()};
}

// Folded lines (obs-fold) are joined by some peers and not by others.
bool has_folded_line(std::string_view text) {
  return text.find("\r\n ") != std::string_view::npos ||
         text.find("\r\n\t") != std::string_view::npos;
}

std::optional<Rejection> check_limits(std::string_view text, const ServerLimits& limits) {
  const std::size_t line_end = text.find("\r\n");
  if (line_end > limits.request_line_bytes) return Rejection{414, "the request line is too long"};
  const auto fields = std::count(text.begin(), text.end(), '\n') - 2;
  if (fields > static_cast<std::ptrdiff_t>(limits.header_fields)) {
    return Rejection{431, "too many header fields"};
  }
  if (has_folded_line(text)) return Rejection{400, "folded header lines are not accepted"};
  return std::nullopt;
}

// Decides where the body ends (RFC 9112, 6.3).
std::optional<Rejection> read_framing(ParsedHead& head) {
  const auto lengths = head.headers.all("Content-Length");
  const auto codings = head.headers.all("Transfer-Encoding");
  if (!lengths.empty() && !codings.empty()) {
    return Rejection{400, "both Content-Length and Transfer-Encoding"};
  }
  if (!codings.empty()) {
    if (head.http_1_0) return Rejection{400, "Transfer-Encoding in HTTP/1.0"};
    if (codings.size() != 1 || !equals_ignoring_case(codings.front(), "chunked")) {
      return Rejection{501, "the only transfer coding that is understood is chunked"};
    }
    head.content_length = std::nullopt;
    return std::nullopt;
  }
  if (lengths.empty()) return std::nullopt;
  if (lengths.size() != 1) return Rejection{400, "more than one Content-Length"};
  const std::string_view text = lengths.front();
  std::uint64_t length = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, length);
  if (error != std::errc() || rest != end || length > INT64_MAX) {
    return Rejection{400, "Content-Length is not a number"};
  }
  head.content_length = length;
  return std::nullopt;
}

std::optional<Rejection> read_connection(ParsedHead& head) {
  const std::size_t hosts = head.headers.all("Host").size();
  if (hosts > 1 || (hosts == 0 && !head.http_1_0)) {
    return Rejection{400, "a request needs exactly one Host field"};
  }
  head.keep_alive = head.http_1_0 ? head.headers.has_token("Connection", "keep-alive")
                                  : !head.headers.has_token("Connection", "close");
  if (const auto expectation = head.headers.find("Expect"); expectation && !head.http_1_0) {
    if (!equals_ignoring_case(*expectation, "100-continue")) {
      return Rejection{417, "the only expectation that is understood is 100-continue"};
    }
    head.expects_continue = head.content_length != 0;
  }
  return std::nullopt;
}

Rejection to_rejection(const beast::error_code& error) {
  if (error == beast::http::error::bad_version) return {505, "not HTTP/1.0 or HTTP/1.1"};
  if (error == beast::http::error::header_limit) return {431, "the header is too large"};
  return {400, "malformed request"};
}

}  // namespace

std::variant<ParsedHead, Rejection> parse_head(std::string_view text, const ServerLimits& limits) {
  if (const auto rejection = check_limits(text, limits)) return *rejection;

  BeastParser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser.body_limit(boost::none);
  beast::error_code error;
  const std::size_t consumed = parser.put(boost::asio::buffer(text.data(), text.size()), error);
  if (error) return to_rejection(error);
  if (!parser.is_header_done() || consumed != text.size()) {
    return Rejection{400, "malformed request"};
  }

  const auto& message = parser.get();
  ParsedHead head;
  head.method = to_string(message.method_string());
  head.target = to_string(message.target());
  head.http_1_0 = message.version() == 10;
  for (const auto& field : message) {
    head.headers.add(to_string(field.name_string()), to_string(field.value()));
  }
  if (const auto rejection = read_framing(head)) return *rejection;
  if (const auto rejection = read_connection(head)) return *rejection;
  return head;
}

}  // namespace estiba::http
