#include "cli/build_platforms.h"

#include <algorithm>

#include "base/text.h"

namespace estiba::cli {

std::vector<Platform> parse_platforms(const std::vector<std::string>& values) {
  std::vector<Platform> platforms;
  for (const std::string& value : values) {
    for (const std::string& name : split(value, ',')) {
      const std::string trimmed(trim(name));
      const Platform platform = trimmed == "local" ? Platform::host() : Platform::parse(trimmed);
      if (std::find(platforms.begin(), platforms.end(), platform) == platforms.end()) {
        platforms.push_back(platform);
      }
    }
  }
  if (platforms.empty()) platforms.push_back(Platform::host());
  return platforms;
}

}  // namespace estiba::cli
