#include "registry/second_factor.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "http/target.h"
#include "registry/limits.h"
#include "registry/secret.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kTotpSecretBytes = 20;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string decode_base32(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    buffer = (buffer << 5) | static_cast<unsigned>(kBase32.find(c));
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((buffer >> bits) & 0xff);
    }
  }
  return bytes;
}

// The step whose code this is, later than the last that was used.
std::optional<std::int64_t> matching_step(const std::string& secret, const std::string& code,
                                          std::int64_t used_step) {
  const std::string bytes = decode_base32(secret);
  const std::int64_t current = unix_seconds(now()) / kStepSeconds;
  for (const std::int64_t step : {current, current - 1, current + 1}) {
    const std::string expected = totp_code(bytes, step);
    const bool equal = code.size() == expected.size() &&
                       CRYPTO_memcmp(code.data(), expected.data(), expected.size()) == 0;
    if (equal && step > used_step) return step;
  }
  return std::nullopt;
}

// Within a transaction: marks the step as used.
bool use_totp(sql::Connection& writer, std::int64_t account, const std::string& code,
              bool confirmed) {
  std::optional<std::int64_t> step;
  {
    sql::Statement row = writer.query(
        "SELECT totp_secret, totp_used_step FROM accounts WHERE id = $1 AND totp_confirmed = $2 "
        "AND totp_secret IS NOT NULL",
        account, confirmed ? 1 : 0);
    if (row.step()) step = matching_step(row.text(0), code, row.integer(1));
  }
  if (!step) return false;
  writer.execute("UPDATE accounts SET totp_used_step = $1, totp_confirmed = 1 WHERE id = $2", *step,
                 account);
  return true;
}

std::string recovery_hash(std::int64_t account, const std::string& code) {
  std::string digits;
  for (const char c : to_lower(code)) {
    if (c != '-' && c != ' ') digits += c;
  }
  return hash_secret(std::to_string(account) + ":" + digits);
}

std::vector<std::string> make_recovery_codes(sql::Connection& writer, std::int64_t account) {
  writer.execute("DELETE FROM recovery_codes WHERE account_id = $1", account);
  std::vector<std::string> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    const std::string digits = random_hex(10);  // 80 bits
    codes.push_back(digits.substr(0, 5) + "-" + digits.substr(5, 5) + "-" + digits.substr(10, 5) +
                    "-" + digits.substr(15));
    writer.execute("INSERT INTO recovery_codes (account_id, code_hash) VALUES ($1, $2)", account,
                   recovery_hash(account, codes.back()));
  }
  return codes;
}

}  // namespace

std::string encode_base32(std::string_view bytes) {
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text += kBase32[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) text += kBase32[(buffer << (5 - bits)) & 31];
  return text;
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(),
           counter.size(), mac.data(), &size) == nullptr) {
    throw Error(ErrorCode::kInternal, "cannot compute a one-time code");
  }
  const std::size_t at = mac[size - 1] & 0x0f;
  const unsigned number = (static_cast<unsigned>(mac[at] & 0x7f) << 24) |
                          (static_cast<unsigned>(mac[at + 1]) << 16) |
                          (static_cast<unsigned>(mac[at + 2]) << 8) | mac[at + 3];
  std::string digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

std::string start_second_factor(sql::ConnectionPool& metadata, std::int64_t account) {
  const std::string secret = encode_base32(random_bytes(kTotpSecretBytes));
  if (metadata.writer()->execute("UPDATE accounts SET totp_secret = $1, totp_used_step = 0 "
                                 "WHERE id = $2 AND totp_confirmed = 0",
                                 secret, account) == 0) {
    throw Error(ErrorCode::kConflict, "the account has a second factor already");
  }
  return secret;
}

std::string second_factor_uri(const std::string& registry, const std::string& account,
                              const std::string& secret) {
  const std::string issuer = http::percent_encode(registry);
  return "otpauth://totp/" + issuer + ":" + http::percent_encode(account) + "?secret=" + secret +
         "&issuer=" + issuer;
}

std::vector<std::string> confirm_second_factor(sql::ConnectionPool& metadata, std::int64_t account,
                                               const std::string& code) {
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  if (!use_totp(*writer, account, code, false)) return {};
  auto codes = make_recovery_codes(*writer, account);
  transaction.commit();
  return codes;
}

bool verify_second_factor(sql::ConnectionPool& metadata, std::int64_t account,
                          const std::string& code) {
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  const bool verified =
      use_totp(*writer, account, code, true) ||
      writer->execute("DELETE FROM recovery_codes WHERE account_id = $1 AND code_hash = $2",
                      account, recovery_hash(account, code)) > 0;
  transaction.commit();
  return verified;
}

void remove_second_factor(sql::ConnectionPool& metadata, std::int64_t account) {
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  writer->execute("UPDATE accounts SET totp_secret = NULL, totp_confirmed = 0 WHERE id = $1",
                  account);
  writer->execute("DELETE FROM recovery_codes WHERE account_id = $1", account);
  transaction.commit();
}

std::vector<std::string> renew_recovery_codes(sql::ConnectionPool& metadata, std::int64_t account) {
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  {
    sql::Statement row =
        writer->query("SELECT totp_confirmed FROM accounts WHERE id = $1", account);
    if (!row.step() || !row.boolean(0)) {
      throw Error(ErrorCode::kConflict, "the account has no second factor");
    }
  }
  auto codes = make_recovery_codes(*writer, account);
  transaction.commit();
  return codes;
}

}  // namespace estiba::registry
