// Incremental SHA-2 over OpenSSL. Copyable: a copy continues from the same state.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace estiba {

enum class HashAlgorithm { kSha256, kSha512 };

class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(const Hasher& other);
  Hasher& operator=(const Hasher& other);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void update(std::span<const std::byte> data);
  void update(std::string_view text);
  // The lower-case hexadecimal digest. Ends the computation: update() afterwards is an error.
  [[nodiscard]] std::string finish_hex();
  [[nodiscard]] HashAlgorithm algorithm() const { return algorithm_; }

 private:
  struct State;
  HashAlgorithm algorithm_;
  std::unique_ptr<State> state_;
};

}  // namespace estiba
