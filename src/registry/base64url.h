// Base64 in the alphabets of tokens and of Basic credentials (RFC 4648, 4 and 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace estiba::registry {

// With padding, as Basic credentials and Kubernetes have it.
[[nodiscard]] std::string encode_base64(std::string_view bytes);
// For URLs, without padding.
[[nodiscard]] std::string encode_base64url(std::string_view bytes);
// Either alphabet, padding optional. Nothing for anything else.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace estiba::registry
