// A content digest: algorithm and value (OCI image specification, descriptor.md, "Digests").
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/stream.h"

namespace estiba {

class Digest {
 public:
  // "sha256:<64 lower-case hex>" or "sha512:<128 lower-case hex>"; throws kInvalidArgument.
  static Digest parse(std::string_view text);
  static std::optional<Digest> try_parse(std::string_view text);
  static Digest from_hex(HashAlgorithm algorithm, std::string_view hex);
  // The SHA-256 of `bytes`.
  static Digest of(std::string_view bytes);
  // What `hasher` has seen; ends its computation.
  static Digest finish(Hasher& hasher);

  [[nodiscard]] HashAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] const std::string& hex() const { return hex_; }
  [[nodiscard]] std::string to_string() const;  // "sha256:..."
  [[nodiscard]] std::string short_hex() const { return hex_.substr(0, 12); }

  friend bool operator==(const Digest&, const Digest&) = default;
  friend std::strong_ordering operator<=>(const Digest&, const Digest&) = default;

 private:
  Digest(HashAlgorithm algorithm, std::string hex) : algorithm_(algorithm), hex_(std::move(hex)) {}
  HashAlgorithm algorithm_;
  std::string hex_;
};

// Throws kDataLoss naming `what`, the expected and the found digest when they differ.
void check_digest(const Digest& expected, const Digest& found, std::string_view what);

// Passes bytes through and, at the end of the inner source, verifies that they were `size_bytes`
// long and matched `expected`; fails with kDataLoss before more than size_bytes were handed out.
// Borrows the inner source.
class VerifyingSource final : public Source {
 public:
  VerifyingSource(Source& inner, Digest expected, std::uint64_t size_bytes, std::string what);
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;

 private:
  Source& inner_;
  Digest expected_;
  std::uint64_t size_bytes_;
  std::uint64_t seen_bytes_ = 0;
  std::string what_;
  Hasher hasher_;
  bool verified_ = false;
};

// The chain ID of a stack of layers, lowest first (OCI image specification, config.md,
// "Layer ChainID"). `diff_ids` must not be empty.
[[nodiscard]] Digest chain_id(const std::vector<Digest>& diff_ids);

}  // namespace estiba

template <>
struct std::hash<estiba::Digest> {
  std::size_t operator()(const estiba::Digest& digest) const noexcept {
    return std::hash<std::string>{}(digest.hex());
  }
};
