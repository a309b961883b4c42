// The platforms that a build is for.
#pragma once

#include <string>
#include <vector>

#include "oci/platform.h"

namespace estiba::cli {

// The values of --platform, each "a,b,...", without repetition; the host's when there is none.
[[nodiscard]] std::vector<Platform> parse_platforms(const std::vector<std::string>& values);

}  // namespace estiba::cli
