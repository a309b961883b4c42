// Signatures of P-256 in their two forms.
#pragma once

#include <optional>
#include <string>

namespace estiba::registry {

// RFC 7518, 3.4: R and S, 32 bytes each, as tokens have them; and the DER form, which is OpenSSL's.
// Nothing for what has another size.
[[nodiscard]] std::optional<std::string> ecdsa_raw_to_der(const std::string& raw);
// kInternal for what is no signature.
[[nodiscard]] std::string ecdsa_der_to_raw(const std::string& der);

}  // namespace estiba::registry
