// One record of comma-separated values (RFC 4180), the form of --mount and --device.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba::dockerfile {

// Throws kInvalidArgument for stray and unclosed quotes.
[[nodiscard]] std::vector<std::string> split_csv(std::string_view record);

}  // namespace estiba::dockerfile
