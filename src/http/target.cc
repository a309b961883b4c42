#include "http/target.h"

#include "base/error.h"
#include "base/text.h"
#include "http/headers.h"
#include "http/limits.h"

namespace estiba::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string decode_or_throw(std::string_view text, bool plus_is_space) {
  std::optional<std::string> decoded = percent_decode(text, plus_is_space);
  if (!decoded) {
    throw Error(ErrorCode::kInvalidArgument, "a % in the URL is not followed by two hex digits");
  }
  return std::move(*decoded);
}

// What follows the authority of "http://host/path".
std::string_view without_authority(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos ||
      !(equals_ignoring_case(text.substr(0, scheme_end), "http") ||
        equals_ignoring_case(text.substr(0, scheme_end), "https"))) {
    throw Error(ErrorCode::kInvalidArgument, "the request target is not a path");
  }
  const std::size_t path = text.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? std::string_view() : text.substr(path);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded.push_back(c);
  }
  return decoded;
}

std::string percent_encode(std::string_view text, std::string_view also_keep) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || also_keep.find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 15]);
    }
  }
  return encoded;
}

Query Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view parameter = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (parameter.empty()) continue;
    if (query.size() == kMaxQueryParameters) {
      throw Error(ErrorCode::kInvalidArgument, "the query has too many parameters");
    }
    const std::size_t equals = parameter.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : parameter.substr(equals + 1);
    query.add(decode_or_throw(parameter.substr(0, equals), true), decode_or_throw(value, true));
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.first == name) return parameter.second;
  }
  return std::nullopt;
}

std::string_view Query::get(std::string_view name) const {
  return find(name).value_or(std::string_view());
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Parameter& parameter : parameters_) {
    if (parameter.first == name) values.emplace_back(parameter.second);
  }
  return values;
}

void Query::add(std::string name, std::string value) {
  parameters_.emplace_back(std::move(name), std::move(value));
}

std::string Query::to_string() const {
  std::string text;
  for (const Parameter& parameter : parameters_) {
    if (!text.empty()) text.push_back('&');
    text += percent_encode(parameter.first);
    text.push_back('=');
    text += percent_encode(parameter.second);
  }
  return text;
}

Target Target::parse(std::string_view text) {
  Target target;
  target.raw = text;
  if (!text.starts_with('/')) text = without_authority(text);
  text = text.substr(0, text.find('#'));
  const std::size_t question = text.find('?');
  target.path = text.substr(0, question);
  if (target.path.empty()) target.path = "/";
  for (const std::string& segment : split(std::string_view(target.path).substr(1), '/')) {
    target.segments.push_back(decode_or_throw(segment, false));
  }
  if (question != std::string_view::npos) target.query = Query::parse(text.substr(question + 1));
  return target;
}

}  // namespace estiba::http
