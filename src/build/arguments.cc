#include "build/arguments.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"

namespace estiba::build {

ArgumentMap platform_arguments(const Platform& build, const Platform& target) {
  ArgumentMap arguments;
  auto add = [&arguments](const std::string& prefix, const Platform& platform) {
    arguments[prefix + "PLATFORM"] = platform.to_string();
    arguments[prefix + "OS"] = platform.os;
    arguments[prefix + "ARCH"] = platform.architecture;
    arguments[prefix + "VARIANT"] = platform.variant;
  };
  add("BUILD", build);
  add("TARGET", target);
  return arguments;
}

bool is_proxy_argument(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"http_proxy", "https_proxy",
                                                             "ftp_proxy", "no_proxy", "all_proxy"};
  const std::string lower = to_lower(name);
  // Either all in lower or all in upper case, as programs read them.
  const bool one_case = lower == name || std::none_of(name.begin(), name.end(),
                                                      [](char c) { return c >= 'a' && c <= 'z'; });
  return one_case && std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

GivenArguments::GivenArguments(const std::map<std::string, std::optional<std::string>>& given) {
  for (const auto& [name, value] : given) {
    if (value) {
      values_[name] = *value;
    } else if (const char* inherited = std::getenv(name.c_str())) {
      values_[name] = inherited;
    }
  }
}

std::optional<std::string> GivenArguments::use(std::string_view name) {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  used_.insert(found->first);
  return found->second;
}

std::vector<std::string> GivenArguments::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) {
    if (!used_.contains(name) && !is_proxy_argument(name)) names.push_back(name);
  }
  return names;
}

ArgumentMap GivenArguments::proxies() const {
  ArgumentMap proxies;
  for (const auto& [name, value] : values_) {
    if (is_proxy_argument(name)) proxies[name] = value;
  }
  return proxies;
}

}  // namespace estiba::build
