#include "registry/sign_in/id_token.h"

#include <openssl/crypto.h>

#include "base/error.h"
#include "base/time.h"
#include "oci/json_document.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

[[noreturn]] void distrust(const std::string& reason) {
  throw Error(ErrorCode::kUnauthenticated, "the provider's token is not for this: " + reason);
}

// Seconds since 1970; some providers write a fraction.
std::int64_t time_claim(const nlohmann::json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) distrust(std::string(name) + " is missing");
  const double seconds = found->get<double>();
  constexpr double kLatest = 253402300799.0;  // the year 9999
  if (!(seconds >= 0 && seconds <= kLatest)) distrust(std::string(name) + " is no time");
  return static_cast<std::int64_t>(seconds);
}

void check_times(const nlohmann::json& claims) {
  const std::int64_t time = unix_seconds(now());
  const std::int64_t skew = kClockSkew.count();
  if (time_claim(claims, "exp") <= time - skew) distrust("it has expired");
  if (time_claim(claims, "iat") > time + skew) distrust("it was issued in the future");
  if (claims.contains("nbf") && time_claim(claims, "nbf") > time + skew) {
    distrust("it is not valid yet");
  }
}

// One audience, or several with us among them, and then it must have been made for us.
void check_token_audience(const nlohmann::json& claims, const std::string& us) {
  const auto found = claims.find("aud");
  bool named = false;
  bool several = false;
  if (found != claims.end() && found->is_string()) {
    named = *found == us;
  } else if (found != claims.end() && found->is_array()) {
    several = found->size() > 1;
    for (const auto& one : *found) named = named || one == us;
  }
  if (!named) distrust("its audience is another");
  if ((several || claims.contains("azp")) && text_claim(claims, "azp") != us) {
    distrust("it was made for another client");
  }
}

}  // namespace

nlohmann::json check_id_token(const std::string& payload, const IdTokenExpectation& expected) {
  nlohmann::json claims;
  try {
    claims = parse_json(payload, kMaxTokenBytes, "the provider's token");
  } catch (const Error& error) {
    distrust(error.message());
  }
  if (!claims.is_object()) distrust("it is no object");
  if (text_claim(claims, "iss") != expected.issuer) distrust("its issuer is another");
  check_token_audience(claims, expected.audience);
  check_times(claims);
  const std::string nonce = text_claim(claims, "nonce");
  if (nonce.size() != expected.nonce.size() ||
      CRYPTO_memcmp(nonce.data(), expected.nonce.data(), nonce.size()) != 0) {
    distrust("its nonce is another");
  }
  const std::string subject = text_claim(claims, "sub");
  if (subject.empty() || subject.size() > kMaxSubjectBytes) distrust("its subject is missing");
  return claims;
}

std::string text_claim(const nlohmann::json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string verified_email(const nlohmann::json& claims) {
  const auto verified = claims.find("email_verified");
  const bool is_verified = verified != claims.end() && (*verified == true || *verified == "true");
  return is_verified ? text_claim(claims, "email") : std::string();
}

}  // namespace estiba::registry
