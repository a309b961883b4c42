// Passwords at rest: argon2id in its own encoding.
#pragma once

#include <string>
#include <string_view>

namespace estiba::registry {

// Throws kInvalidArgument for an empty or too long password.
[[nodiscard]] std::string hash_password(std::string_view password);
// Constant time in what the password is. False for a hash that is none.
[[nodiscard]] bool verify_password(std::string_view password, const std::string& hash);
// A hash that no password has: verifying against it makes an unknown name cost as much as a known.
[[nodiscard]] const std::string& unmatchable_hash();

}  // namespace estiba::registry
