// --change: Dockerfile instructions for the configuration of an image.
#pragma once

#include <string>
#include <vector>

#include "oci/image_config.h"

namespace estiba::cli {

[[nodiscard]] ContainerConfig with_changes(ContainerConfig config,
                                           const std::vector<std::string>& changes);

}  // namespace estiba::cli
