#include "archive/pax.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "archive/limits.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

constexpr std::string_view kSchilyPrefix = "SCHILY.xattr.";
constexpr std::string_view kLibarchivePrefix = "LIBARCHIVE.xattr.";

[[noreturn]] void throw_malformed(std::string_view what, std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("a PAX header has a malformed {}: {:?}", what, text.substr(0, 80)));
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// libarchive writes it without padding.
std::string decode_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n') continue;
    const int value = base64_value(c);
    if (value < 0) throw_malformed("base64 value", text);
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 0xff);
    }
  }
  return bytes;
}

// libarchive writes "%3D" for "=" in names.
std::string decode_percent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

PaxRecords parse_pax_records(std::string_view text) {
  PaxRecords records;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const auto size = whole_number<std::size_t>(text.substr(0, std::min(space, text.size())));
    if (space == std::string_view::npos || !size || *size < space + 3 || *size > text.size()) {
      throw_malformed("record", text);
    }
    const std::string_view record = text.substr(space + 1, *size - space - 1);
    const std::size_t equals = record.find('=');
    if (record.back() != '\n' || equals == std::string_view::npos || equals == 0) {
      throw_malformed("record", text);
    }
    records.emplace_back(record.substr(0, equals),
                         record.substr(equals + 1, record.size() - equals - 2));
    text.remove_prefix(*size);
  }
  return records;
}

std::string format_pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;  // space, equals, newline
  std::size_t size = rest + fmt::formatted_size("{}", rest);
  size = rest + fmt::formatted_size("{}", size);  // the length may have grown by a digit
  return fmt::format("{} {}={}\n", size, key, value);
}

std::int64_t parse_pax_number(std::string_view text) {
  const auto value = whole_number<std::int64_t>(text);
  if (!value) throw_malformed("number", text);
  return *value;
}

Timestamp parse_pax_time(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const bool negative = text.starts_with('-');
  const std::string_view whole = text.substr(0, point);
  const auto seconds = whole == "-" || whole.empty() ? 0 : whole_number<std::int64_t>(whole);
  if (!seconds) throw_malformed("time", text);
  std::int64_t nanoseconds = 0;
  std::int64_t weight = 100'000'000;
  for (const char digit : text.substr(std::min(point + 1, text.size()))) {
    if (digit < '0' || digit > '9') throw_malformed("time", text);
    nanoseconds += weight * (digit - '0');
    weight /= 10;
  }
  constexpr std::int64_t kMaxSeconds = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  if (*seconds > kMaxSeconds) return Timestamp::max();
  if (*seconds < -kMaxSeconds) return Timestamp::min();
  return Timestamp(std::chrono::seconds(*seconds) +
                   std::chrono::nanoseconds(negative ? -nanoseconds : nanoseconds));
}

PaxXattr parse_pax_xattr(std::string_view key, std::string_view value) {
  PaxXattr xattr;
  if (key.starts_with(kSchilyPrefix)) {
    xattr = {.name = std::string(key.substr(kSchilyPrefix.size())), .value = std::string(value)};
  } else if (key.starts_with(kLibarchivePrefix)) {
    xattr = {.name = decode_percent(key.substr(kLibarchivePrefix.size())),
             .value = decode_base64(value)};
  } else {
    return xattr;
  }
  if (xattr.name.empty() || xattr.name.size() > kMaxXattrNameBytes ||
      xattr.name.find('\0') != std::string::npos || xattr.value.size() > kMaxXattrValueBytes) {
    throw_malformed("extended attribute", key);
  }
  return xattr;
}

}  // namespace estiba::archive
