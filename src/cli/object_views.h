// Networks and volumes as `inspect` shows them: docker's JSON.
#pragma once

#include <string>

#include "run/network_store.h"
#include "run/volume_store.h"

namespace estiba::cli {

// With the containers that are in it now.
[[nodiscard]] std::string describe_network(const run::NetworkDefinition& network);
[[nodiscard]] std::string describe_volume(const run::Volume& volume);

}  // namespace estiba::cli
