// Passwords that were verified lately. A client with Basic credentials sends them with every
// request, and argon2 takes 20 ms of a core and 19 MiB on purpose.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "registry/limits.h"

namespace estiba::registry {

// Thread-safe. Keeps hashes under a key that this process alone has, of the password together with
// the account's stored hash: who gets another password, or none, is forgotten by that very change,
// whichever process made it.
class VerifiedPasswords {
 public:
  explicit VerifiedPasswords(std::chrono::milliseconds lifetime = kVerifiedPasswordLifetime);

  // Whether this password was right for this stored hash within the lifetime.
  [[nodiscard]] bool knows(std::string_view stored_hash, std::string_view password);
  void remember(std::string_view stored_hash, std::string_view password);

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string name(std::string_view stored_hash, std::string_view password) const;

  const std::string key_;
  const std::chrono::milliseconds lifetime_;
  std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> until_;
};

}  // namespace estiba::registry
