// Sizes for people: docker's decimal units ("117MB", "4.5kB"), four significant digits as go-units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace estiba {

// Lists of images show three digits, as docker does.
[[nodiscard]] std::string format_size(std::uint64_t size_bytes, int significant_digits = 4);
// "1.5g", "512m", "64MiB", "1024" to bytes (binary multiples, as docker reads --memory);
// throws kInvalidArgument.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

}  // namespace estiba
