// The target of a request: "/v2/a%2Fb/tags/list?n=10" (RFC 9112, 3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace estiba::http {

// Decodes %XX; `plus_is_space` as forms and queries write it. Nothing when a % has no two
// hexadecimal digits after it or the result would hold a NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text,
                                                        bool plus_is_space = false);
// Encodes everything but unreserved characters (RFC 3986, 2.3) and those in `also_keep`.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view also_keep = {});

// "a=1&b=x%20y", decoded, in order, names may repeat.
class Query {
 public:
  using Parameter = std::pair<std::string, std::string>;

  Query() = default;
  // Also reads bodies of type application/x-www-form-urlencoded. Throws kInvalidArgument when the
  // text is malformed or has too many parameters (limits.h).
  static Query parse(std::string_view text);

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::string_view get(std::string_view name) const;  // the first, or empty
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  void add(std::string name, std::string value);
  // Encoded for a URL or a form, without "?".
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] std::size_t size() const { return parameters_.size(); }
  [[nodiscard]] auto begin() const { return parameters_.begin(); }
  [[nodiscard]] auto end() const { return parameters_.end(); }

 private:
  std::vector<Parameter> parameters_;
};

struct Target {
  std::string raw;                    // as it was sent
  std::string path;                   // the part before "?", still encoded
  std::vector<std::string> segments;  // split at "/", then decoded; "/v2/" gives {"v2", ""}
  Query query;

  // Accepts origin-form ("/path?query") and absolute-form ("http://host/path", whose authority is
  // dropped). Throws kInvalidArgument for others and for malformed escapes.
  static Target parse(std::string_view text);
};

}  // namespace estiba::http
