// Go's spelling of durations, as HEALTHCHECK has them.
#pragma once

#include <chrono>
#include <string_view>

namespace estiba::dockerfile {

// "1m30s", "1.5h", "250ms", "0"; throws kInvalidArgument.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view text);

}  // namespace estiba::dockerfile
