// Base64 with padding (RFC 4648, 4), as credentials travel and are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace estiba::client {

[[nodiscard]] std::string base64_encode(std::string_view bytes);
// Nothing when the text is not base64. Missing padding is forgiven.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace estiba::client
