// Ports of the host, held so that nobody else is given them while a container has them.
#pragma once

#include <vector>

#include "base/fd.h"
#include "run/port_mapping.h"

namespace estiba::run {

class PortReservation {
 public:
  // Chooses the ports that were left open and writes them into `mappings`. Throws kConflict: "Bind
  // for 0.0.0.0:8080 failed: port is already allocated".
  explicit PortReservation(std::vector<PortMapping>& mappings);

 private:
  std::vector<UniqueFd> sockets_;
};

}  // namespace estiba::run
