// Random secrets that are handed out once and kept as hashes.
#pragma once

#include <string>
#include <string_view>

namespace estiba::registry {

// 256 random bits in base64url after a prefix that tells scanners of leaked secrets what it is.
[[nodiscard]] std::string make_secret(std::string_view prefix);
// SHA-256: guessing 256 bits is no faster for being quick, so nothing slower is needed.
[[nodiscard]] std::string hash_secret(std::string_view secret);
[[nodiscard]] std::string random_bytes(std::size_t count);

inline constexpr std::string_view kTokenPrefix = "est_";

}  // namespace estiba::registry
