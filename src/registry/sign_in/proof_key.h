// Proof Key for Code Exchange (RFC 7636): who redeems a code is who asked for it.
#pragma once

#include <string>

namespace estiba::registry {

// The challenge of a verifier by the method S256.
[[nodiscard]] std::string proof_key_challenge(const std::string& verifier);

}  // namespace estiba::registry
