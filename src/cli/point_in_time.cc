#include "cli/point_in_time.h"

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "dockerfile/duration.h"

namespace estiba::cli {

Timestamp parse_point_in_time(const std::string& text) {
  if (text.size() >= 10 && text[4] == '-') {
    std::string full = text;
    if (full.size() == 10) full += "T00:00:00";
    const bool has_zone =
        full.ends_with('Z') || full.find_first_of("+-", full.find('T')) != std::string::npos;
    return parse_rfc3339(has_zone ? full : full + "Z");
  }
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(seconds) &&
      std::abs(seconds) < 9e9) {
    return Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
  }
  return now() - dockerfile::parse_duration(text);
}

std::size_t parse_number(const std::string& text, const std::string& option) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInvalidArgument, "invalid value \"" + text + "\" for " + option);
  }
  return value;
}

}  // namespace estiba::cli
