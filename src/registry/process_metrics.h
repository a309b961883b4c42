// What the kernel knows of this process, under the names of Prometheus' client libraries.
#pragma once

#include <string>

namespace estiba::registry {

[[nodiscard]] std::string process_metrics();

}  // namespace estiba::registry
