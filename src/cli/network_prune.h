// Networks that no container uses go.
#pragma once

#include <string>
#include <vector>

#include "cli/list_filter.h"
#include "run/network_store.h"

namespace estiba::cli {

class Session;

// Throws kConflict while a running container is in it.
void remove_unused_network(Session& session, const run::NetworkDefinition& network);

// Removes all that the filter (labels, until) accepts; the names of those that went.
std::vector<std::string> prune_networks(Session& session, const ListFilter& filter = {});

}  // namespace estiba::cli
