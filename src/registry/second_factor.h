// The second factor: codes of an authenticator (RFC 6238: SHA-1, six digits, 30 seconds), and
// recovery codes for when it is lost.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Six digits for this step of 30 seconds; `secret` are raw bytes.
[[nodiscard]] std::string totp_code(std::string_view secret, std::int64_t step);
[[nodiscard]] std::string encode_base32(std::string_view bytes);

// A new secret in Base32, not in force yet. kConflict when there is one in force.
[[nodiscard]] std::string start_second_factor(sql::ConnectionPool& metadata, std::int64_t account);
[[nodiscard]] std::string second_factor_uri(const std::string& registry, const std::string& account,
                                            const std::string& secret);
// Puts it in force when the code is right, and returns recovery codes; none otherwise.
[[nodiscard]] std::vector<std::string> confirm_second_factor(sql::ConnectionPool& metadata,
                                                             std::int64_t account,
                                                             const std::string& code);
// A code of now, of the step before or after, or a recovery code. Each is good once.
[[nodiscard]] bool verify_second_factor(sql::ConnectionPool& metadata, std::int64_t account,
                                        const std::string& code);
void remove_second_factor(sql::ConnectionPool& metadata, std::int64_t account);
// The old ones end. kConflict without a second factor.
[[nodiscard]] std::vector<std::string> renew_recovery_codes(sql::ConnectionPool& metadata,
                                                            std::int64_t account);

}  // namespace estiba::registry
