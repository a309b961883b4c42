#include "oci/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace estiba {
namespace {

struct AlgorithmName {
  HashAlgorithm algorithm;
  std::string_view name;
  std::size_t hex_size;
};
constexpr std::array<AlgorithmName, 2> kAlgorithms{{
    {HashAlgorithm::kSha256, "sha256", 64},
    {HashAlgorithm::kSha512, "sha512", 128},
}};

const AlgorithmName& description(HashAlgorithm algorithm) {
  return *std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                       [&](const AlgorithmName& entry) { return entry.algorithm == algorithm; });
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool fits(const AlgorithmName& algorithm, std::string_view hex) {
  return hex.size() == algorithm.hex_size && is_lower_hex(hex);
}

[[noreturn]] void refuse_digest(std::string_view text) {
  constexpr std::size_t kShown = 160;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("invalid digest \"{}\": expected sha256: and 64 lower-case hexadecimal "
                          "digits, or sha512: and 128",
                          text.substr(0, kShown)));
}

}  // namespace

std::optional<Digest> Digest::try_parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, colon);
  const std::string_view hex = text.substr(colon + 1);
  for (const AlgorithmName& entry : kAlgorithms) {
    if (entry.name == name && fits(entry, hex)) return Digest(entry.algorithm, std::string(hex));
  }
  return std::nullopt;
}

Digest Digest::parse(std::string_view text) {
  std::optional<Digest> digest = try_parse(text);
  if (!digest) refuse_digest(text);
  return *std::move(digest);
}

Digest Digest::from_hex(HashAlgorithm algorithm, std::string_view hex) {
  const AlgorithmName& entry = description(algorithm);
  if (!fits(entry, hex)) refuse_digest(fmt::format("{}:{}", entry.name, hex));
  return Digest(algorithm, std::string(hex));
}

Digest Digest::of(std::string_view bytes) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(bytes);
  return finish(hasher);
}

Digest Digest::finish(Hasher& hasher) {
  return Digest(hasher.algorithm(), hasher.finish_hex());
}

std::string Digest::to_string() const {
  return fmt::format("{}:{}", description(algorithm_).name, hex_);
}

void check_digest(const Digest& expected, const Digest& found, std::string_view what) {
  if (expected == found) return;
  throw Error(ErrorCode::kDataLoss, fmt::format("{} is damaged: expected digest {}, found {}", what,
                                                expected.to_string(), found.to_string()));
}

VerifyingSource::VerifyingSource(Source& inner, Digest expected, std::uint64_t size_bytes,
                                 std::string what)
    : inner_(inner),
      expected_(std::move(expected)),
      size_bytes_(size_bytes),
      what_(std::move(what)),
      hasher_(expected_.algorithm()) {}

std::size_t VerifyingSource::read(MutableBytes buffer) {
  const std::uint64_t remaining_bytes = size_bytes_ - seen_bytes_;
  const std::size_t wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>(buffer.size(), std::max<std::uint64_t>(remaining_bytes, 1)));
  const std::size_t count = inner_.read(buffer.first(wanted));
  if (count > remaining_bytes) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("{} is longer than the {} bytes it should have", what_, size_bytes_));
  }
  if (count == 0 && remaining_bytes > 0) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("{} ends after {} of {} bytes", what_, seen_bytes_, size_bytes_));
  }
  if (count > 0) hasher_.update(buffer.first(count));
  seen_bytes_ += count;
  // Checked with the last bytes, so that a reader who knows the size and stops there is told too.
  if (seen_bytes_ == size_bytes_ && !verified_) {
    check_digest(expected_, Digest::finish(hasher_), what_);
    verified_ = true;
  }
  return count;
}

Digest chain_id(const std::vector<Digest>& diff_ids) {
  if (diff_ids.empty()) throw Error(ErrorCode::kInternal, "no layers to make a chain ID of");
  Digest chain = diff_ids.front();
  for (std::size_t i = 1; i < diff_ids.size(); ++i) {
    chain = Digest::of(chain.to_string() + " " + diff_ids[i].to_string());
  }
  return chain;
}

}  // namespace estiba
