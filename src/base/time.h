// Points in time as the formats we read and write spell them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace estiba {

// Wall-clock time with nanoseconds, UTC.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

[[nodiscard]] Timestamp now();
// RFC 3339, "2026-11-01T12:00:00.123456789Z"; zero fractions are omitted, trailing zeros cut
// as Go's time.RFC3339Nano does.
[[nodiscard]] std::string format_rfc3339(Timestamp time);
// Any RFC 3339 time with offset; throws kInvalidArgument. What lies outside the years 1678 to 2261
// becomes Timestamp::min() or max(): images of Go tools are often "created" in the year 1.
[[nodiscard]] Timestamp parse_rfc3339(std::string_view text);
[[nodiscard]] std::int64_t unix_seconds(Timestamp time);
[[nodiscard]] Timestamp from_unix_seconds(std::int64_t seconds);
// "2 hours ago" in docker's words (go-units HumanDuration + " ago").
[[nodiscard]] std::string format_ago(Timestamp time, Timestamp reference);

}  // namespace estiba
