#include "base/size.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace estiba {
namespace {

[[noreturn]] void throw_malformed(std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a size", text),
              "write a number with an optional unit, e.g. 512m or 1.5g");
}

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
}

// The power of two of "", "b", "k", "kb", "kib", ...; throws for anything else.
unsigned shift_of_unit(std::string_view unit, std::string_view text) {
  constexpr std::string_view kPrefixes = "kmgtp";
  unsigned shift = 0;
  if (!unit.empty()) {
    const std::size_t prefix = kPrefixes.find(lower(unit.front()));
    if (prefix != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(prefix) + 1);
      unit.remove_prefix(1);
      if (!unit.empty() && lower(unit.front()) == 'i') unit.remove_prefix(1);
    }
    if (!unit.empty() && lower(unit.front()) == 'b') unit.remove_prefix(1);
  }
  if (!unit.empty()) throw_malformed(text);
  return shift;
}

}  // namespace

std::string format_size(std::uint64_t size_bytes, int significant_digits) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(size_bytes);
  std::size_t unit = 0;
  // Stops where rounding would print "1000" (or "1e+03"), not just where the value reaches it.
  const double limit = 1000.0 - 0.5 * std::pow(10.0, 3 - significant_digits);
  while (unit + 1 < kUnits.size() && value >= (unit == 0 ? 1000.0 : limit)) {
    value /= 1000.0;
    ++unit;
  }
  if (unit == 0) return fmt::format("{}B", size_bytes);
  return fmt::format("{:.{}g}{}", value, significant_digits, kUnits[unit]);
}

std::uint64_t parse_size(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::uint64_t whole = 0;
  auto [position, problem] = std::from_chars(text.data(), end, whole);
  if (problem != std::errc()) throw_malformed(text);

  double fraction = 0;
  if (position != end && *position == '.') {
    const char* digit = position + 1;
    for (double weight = 0.1; digit != end && *digit >= '0' && *digit <= '9'; weight /= 10) {
      fraction += weight * (*digit++ - '0');
    }
    if (digit == position + 1) throw_malformed(text);
    position = digit;
  }
  if (position != end && *position == ' ') ++position;
  const unsigned shift = shift_of_unit({position, static_cast<std::size_t>(end - position)}, text);

  if (whole > (std::numeric_limits<std::uint64_t>::max() >> shift)) throw_malformed(text);
  const auto part =
      static_cast<std::uint64_t>(std::floor(std::ldexp(fraction, static_cast<int>(shift)) + 1e-6));
  return (whole << shift) + part;
}

}  // namespace estiba
