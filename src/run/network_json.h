// How networks and ports stand in records; for .cc files only: it includes the JSON library.
#pragma once

#include "run/json_values.h"
#include "run/network_store.h"
#include "run/port_mapping.h"

namespace estiba::run {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PortMapping, host_ip, host_port, container_port,
                                                protocol, last_host_port)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkDefinition, name, id, interface, subnet,
                                                gateway, subnet6, gateway6, internal,
                                                resolves_names, labels, created)

}  // namespace estiba::run
