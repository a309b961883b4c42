#include "base/hash.h"

#include <openssl/evp.h>

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace estiba {
namespace {

void require(bool ok, const char* doing) {
  if (!ok) throw Error(ErrorCode::kInternal, std::string("OpenSSL cannot ") + doing);
}

}  // namespace

struct Hasher::State {
  State() : context(EVP_MD_CTX_new()) { require(context != nullptr, "make a digest context"); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }

  EVP_MD_CTX* context;
  bool finished = false;
};

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm), state_(std::make_unique<State>()) {
  const EVP_MD* type = algorithm == HashAlgorithm::kSha256 ? EVP_sha256() : EVP_sha512();
  require(EVP_DigestInit_ex(state_->context, type, nullptr) == 1, "begin a digest");
}

Hasher::Hasher(const Hasher& other)
    : algorithm_(other.algorithm_), state_(std::make_unique<State>()) {
  require(EVP_MD_CTX_copy_ex(state_->context, other.state_->context) == 1, "copy a digest");
  state_->finished = other.state_->finished;
}

Hasher& Hasher::operator=(const Hasher& other) {
  if (this != &other) *this = Hasher(other);
  return *this;
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> data) {
  require(!state_->finished, "go on with a finished digest");
  require(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1, "go on with a digest");
}

void Hasher::update(std::string_view text) {
  update(std::as_bytes(std::span(text)));
}

std::string Hasher::finish_hex() {
  require(!state_->finished, "finish a digest twice");
  std::array<unsigned char, EVP_MAX_MD_SIZE> value = {};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(state_->context, value.data(), &size) == 1, "finish a digest");
  state_->finished = true;
  return to_hex({reinterpret_cast<const char*>(value.data()), size});
}

}  // namespace estiba
