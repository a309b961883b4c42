// Scopes, patterns, base64 and the tokens that our server signs.
#include <filesystem>
#include <string>

#include "fuzz/answered.h"
#include "registry/base64url.h"
#include "registry/name_pattern.h"
#include "registry/scope.h"
#include "registry/token_signer.h"

using namespace estiba;
using namespace estiba::registry;
using fuzz::answered;
using fuzz::must;

namespace {

// One key for the run, gone with it.
class Signer {
 public:
  Signer() : path_(key_path()), signer_(path_) {}
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer() { std::filesystem::remove(path_); }
  [[nodiscard]] const TokenSigner& get() const { return signer_; }

 private:
  static std::string key_path() {
    return std::filesystem::temp_directory_path() /
           ("estiba-fuzz-key-" + std::to_string(::getpid()));
  }
  std::string path_;
  TokenSigner signer_;
};

// Nobody but the holder of the key makes a token that is taken.
void check_token(const TokenSigner& signer, const std::string& text) {
  static const std::string real = [&] {
    TokenClaims claims;
    claims.account = "alice";
    claims.audience = "registry";
    claims.issued = now();
    claims.expires = claims.issued + std::chrono::hours(1000);
    return signer.sign(claims);
  }();
  must(signer.verify(real, TokenKind::kAccess, "registry").has_value());
  must(text == real || !signer.verify(text, TokenKind::kAccess, "registry"));
  // A part of the real one replaced by the input.
  const std::size_t dot = real.rfind('.');
  const std::string forged = real.substr(0, dot + 1) + text;
  must(forged == real || !signer.verify(forged, TokenKind::kAccess, "registry"));
  const std::string other = text + real.substr(real.find('.'));
  must(other == real || !signer.verify(other, TokenKind::kAccess, "registry"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Signer signer;
  const std::string text(reinterpret_cast<const char*>(data), size);
  answered([&] {
    const std::vector<Scope> scopes = parse_scopes(text);
    must(!grants(scopes, "", Action::kPull) || text.find("repository") != std::string::npos);
  });
  answered([&] {
    check_pattern(text);
    (void)matches_pattern("v1.2.3-rc.1", text);
  });
  must(decode_base64(encode_base64url(text)) == text);
  (void)decode_base64(text);
  check_token(signer.get(), text);
  return 0;
}
