#include "registry/verified_passwords.h"

#include "base/hmac.h"
#include "base/text.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kSecretBytes = 32;

}  // namespace

VerifiedPasswords::VerifiedPasswords(std::chrono::milliseconds lifetime)
    : key_(random_hex(kSecretBytes)), lifetime_(lifetime) {}

// A stored hash has no newline, so that the pair can be read in one way only.
std::string VerifiedPasswords::name(std::string_view stored_hash, std::string_view password) const {
  std::string message(stored_hash);
  message.append("\n").append(password);
  return hmac_sha256_hex(key_, message);
}

bool VerifiedPasswords::knows(std::string_view stored_hash, std::string_view password) {
  const std::string wanted = name(stored_hash, password);
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(wanted);
  if (found == until_.end()) return false;
  if (Clock::now() < found->second) return true;
  until_.erase(found);
  return false;
}

void VerifiedPasswords::remember(std::string_view stored_hash, std::string_view password) {
  const std::string known = name(stored_hash, password);
  const std::lock_guard lock(mutex_);
  // Beginning anew costs each of them one check.
  if (until_.size() >= kMaxVerifiedPasswords) until_.clear();
  until_.insert_or_assign(known, Clock::now() + lifetime_);
}

}  // namespace estiba::registry
