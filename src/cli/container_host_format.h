// docker's HostConfig of a container, as JSON.
#pragma once

#include <string>

#include "run/containers.h"

namespace estiba::cli {

[[nodiscard]] std::string host_config_document(const run::Container& container);

}  // namespace estiba::cli
