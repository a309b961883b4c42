#include "dockerfile/duration.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {{
    {"ns", 1},
    {"us", 1e3},
    {"\u00b5s", 1e3},
    {"\u03bcs", 1e3},
    {"ms", 1e6},
    {"s", 1e9},
    {"m", 60e9},
    {"h", 3600e9},
}};

// "12.5" at the start of the text; moves past it. Nothing without digits.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  double scale = 1;
  bool fraction = false;
  bool digits = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char letter = text.front();
    if (letter == '.' && !fraction) {
      fraction = true;
    } else if (letter >= '0' && letter <= '9') {
      digits = true;
      if (fraction) scale /= 10;
      value = fraction ? value + (letter - '0') * scale : value * 10 + (letter - '0');
    } else {
      break;
    }
  }
  if (!digits) return std::nullopt;
  return value;
}

std::optional<double> take_unit(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != '.' &&
         !is_digit(static_cast<unsigned char>(text[size])))
    ++size;
  for (const auto& [name, nanoseconds] : kUnits) {
    if (text.substr(0, size) == name) {
      text.remove_prefix(size);
      return nanoseconds;
    }
  }
  return std::nullopt;
}

[[noreturn]] void refuse_duration(std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" is no duration", text.substr(0, 120)),
              "write a number and ms, s, m or h, such as 30s or 1m30s");
}

}  // namespace

std::chrono::nanoseconds parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) refuse_duration(text);
  double total = 0;
  while (!rest.empty()) {
    const std::optional<double> number = take_number(rest);
    if (!number) refuse_duration(text);
    const std::optional<double> unit = take_unit(rest);
    if (!unit) refuse_duration(text);
    total += *number * *unit;
  }
  constexpr double kLargest = 9.2e18;  // what 64 bits of nanoseconds hold, 292 years
  if (!(total <= kLargest)) refuse_duration(text);
  return std::chrono::nanoseconds(std::llround(negative ? -total : total));
}

}  // namespace estiba::dockerfile
