#include "cli/build_time.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace estiba::cli {

std::optional<Timestamp> source_date_epoch(
    std::map<std::string, std::optional<std::string>>& arguments, bool reproducible) {
  const auto given = arguments.find(kSourceDateEpoch);
  std::string text;
  if (given != arguments.end() && given->second) {
    text = *given->second;
  } else if (const char* inherited = std::getenv(kSourceDateEpoch)) {
    text = inherited;
  }
  if (text.empty()) {
    return reproducible ? std::optional(from_unix_seconds(0)) : std::nullopt;
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "SOURCE_DATE_EPOCH is \"" + text + "\", not a number of seconds");
  }
  arguments[kSourceDateEpoch] = text;
  return from_unix_seconds(seconds);
}

}  // namespace estiba::cli
