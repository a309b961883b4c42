// `network connect` and `disconnect`: a container enters and leaves networks, running or not.
#pragma once

#include <string>

#include "run/containers.h"

namespace estiba::run {

// Throws kConflict where the container shares its network with others, has none, or is in the
// network already; kNotFound for a network that does not exist.
void connect_network(const std::string& store_root, const Container& container,
                     const NetworkEndpoint& endpoint);
// Throws kNotFound for a network that does not exist, or that the container is not in.
void disconnect_network(const std::string& store_root, const Container& container,
                        const std::string& network);

}  // namespace estiba::run
