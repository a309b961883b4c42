// The names of containers, told by aardvark-dns on the address of each network's gateway.
#pragma once

#include <string>
#include <vector>

#include "run/network_engine.h"

namespace estiba::run {

// Tells the server who is in the network now (`members` are those of all networks), and starts it
// where nobody has: one for all networks of the host. It ends by itself when the last network has
// no member left. Returns once the first member's network is answered for. Throws kUnsupported when
// it is not installed.
void write_names(const NetworkDefinition& network, const std::vector<NetworkMembership>& members);

}  // namespace estiba::run
