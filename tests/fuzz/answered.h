// What every target shares: the rule of an answer, and bytes taken apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace estiba::fuzz {

// Whatever comes in is answered by a value or by an Error with words; anything else is a finding.
template <typename Body>
void answered(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
}

inline void must(bool holds) {
  if (!holds) std::abort();
}

// An input as a sequence of choices; at its end all of them are zero.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool left() const { return !bytes_.empty(); }
  [[nodiscard]] std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  [[nodiscard]] std::size_t below(std::size_t count) { return byte() % count; }
  // A text of at most `most` bytes (below 256), its length first.
  [[nodiscard]] std::string text(std::size_t most) {
    const std::string_view part = bytes_.substr(0, below(most + 1));
    bytes_.remove_prefix(part.size());
    return std::string(part);
  }
  [[nodiscard]] std::string_view rest() { return std::exchange(bytes_, {}); }

 private:
  std::string_view bytes_;
};

}  // namespace estiba::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
