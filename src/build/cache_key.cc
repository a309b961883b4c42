#include "build/cache_key.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace estiba::build {
namespace {

// Raised whenever a step's result for the same fields changes, so that old entries are not found.
constexpr std::string_view kFormat = "estiba-build-2";

}  // namespace

KeyHasher::KeyHasher(std::string_view kind, KeyFields* record)
    : hasher_(HashAlgorithm::kSha256), record_(record) {
  add_field(kFormat);
  add_field(kind);
}

KeyHasher& KeyHasher::add(std::string_view name, std::string_view value) {
  add_field(name);
  add_field(value);
  if (record_ != nullptr) record_->emplace_back(name, value);
  return *this;
}

Digest KeyHasher::finish() {
  return Digest::finish(hasher_);
}

void KeyHasher::add_field(std::string_view text) {
  const std::uint64_t size = text.size();
  std::array<char, sizeof(size)> prefix;
  std::memcpy(prefix.data(), &size, sizeof(size));
  hasher_.update(std::string_view(prefix.data(), prefix.size()));
  hasher_.update(text);
}

}  // namespace estiba::build
