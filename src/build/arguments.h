// Build arguments: what --build-arg gave, what ARG declared, what is there without being declared.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/instruction.h"
#include "oci/image_config.h"
#include "oci/platform.h"

namespace estiba::build {

using ArgumentMap = std::map<std::string, std::string, std::less<>>;

// TARGETPLATFORM, BUILDOS, ... for FROM lines, and for stages that declare them.
[[nodiscard]] ArgumentMap platform_arguments(const Platform& build, const Platform& target);

// HTTP_PROXY and its family: given to RUN without ARG, kept out of cache keys and history.
[[nodiscard]] bool is_proxy_argument(std::string_view name);

// The --build-arg values; remembers which were asked for. Not thread-safe.
class GivenArguments {
 public:
  // A name without value takes that of our own environment, as docker does.
  explicit GivenArguments(const std::map<std::string, std::optional<std::string>>& given);

  [[nodiscard]] std::optional<std::string> use(std::string_view name);
  [[nodiscard]] std::vector<std::string> unused() const;
  [[nodiscard]] ArgumentMap proxies() const;

 private:
  ArgumentMap values_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace estiba::build
