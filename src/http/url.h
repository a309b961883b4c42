// Absolute http and https URLs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/target.h"

namespace estiba::http {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case, an IPv6 address in brackets
  std::uint16_t port = 0;  // the scheme's own when the URL has none
  std::string path = "/";  // encoded, begins with "/"
  std::string query;       // encoded, without "?"

  // Throws kInvalidArgument. User names and passwords in URLs are refused, fragments dropped.
  static Url parse(std::string_view text);
  // A Location seen at this URL: absolute, "//host/...", "/path", "path" or "?query".
  [[nodiscard]] Url resolve(std::string_view location) const;

  // "https://host[:port]" without the scheme's own port.
  [[nodiscard]] std::string origin() const;
  [[nodiscard]] bool same_origin(const Url& other) const;
  [[nodiscard]] std::string to_string() const;
  // The same with one more parameter, encoded.
  [[nodiscard]] Url with_parameter(std::string_view name, std::string_view value) const;
};

}  // namespace estiba::http
