// Keyed hashes (RFC 2104).
#pragma once

#include <string>
#include <string_view>

namespace estiba {

// HMAC-SHA-256 in lower-case hexadecimal.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view message);

}  // namespace estiba
