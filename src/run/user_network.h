// The default network of an ordinary user's container.
//
// He may make no interfaces on the host. A program of his own (packet_carrier.h) takes the packets
// of the container's only interface and speaks for it through sockets on the host.
#pragma once

#include <memory>

#include "run/network.h"

namespace estiba::run {

// Borrows the options.
[[nodiscard]] std::unique_ptr<Network> make_user_network(const RunOptions& options);

}  // namespace estiba::run
