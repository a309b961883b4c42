// Times and numbers as people give them to options.
#pragma once

#include <cstddef>
#include <string>

#include "base/time.h"

namespace estiba::cli {

// "2026-11-01T12:00:00Z" (the zone and the time may be left out: UTC), seconds since 1970, or how
// long ago: "10m", "1h30m". Throws kInvalidArgument.
[[nodiscard]] Timestamp parse_point_in_time(const std::string& text);

// A whole number that is not negative; throws kInvalidArgument naming `option`.
[[nodiscard]] std::size_t parse_number(const std::string& text, const std::string& option);

}  // namespace estiba::cli
