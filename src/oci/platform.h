// Operating system and processor that an image is for (OCI image specification, image-index.md).
#pragma once

#include <string>
#include <string_view>

namespace estiba {

struct Platform {
  std::string os = "linux";
  std::string architecture{};
  std::string variant{};     // "v7"; empty when there is none
  std::string os_version{};  // as found in an index; not compared

  // "linux/arm64/v8", "arm64", "linux"; synonyms are normalised as containerd does (x86_64 is
  // amd64, aarch64 is arm64, arm64/v8 is arm64). Throws kInvalidArgument.
  static Platform parse(std::string_view text);
  static Platform host();

  [[nodiscard]] std::string to_string() const;  // "linux/arm/v7"
  // Whether an image for `offered` runs where this platform is asked for. An offer without variant
  // fits any wish of the same architecture.
  [[nodiscard]] bool accepts(const Platform& offered) const;

  friend bool operator==(const Platform&, const Platform&) = default;
};

}  // namespace estiba
