#include "cli/network_prune.h"

#include "base/error.h"
#include "cli/point_in_time.h"
#include "cli/session.h"
#include "run/network_memberships.h"

namespace estiba::cli {

void remove_unused_network(Session& session, const run::NetworkDefinition& network) {
  run::NetworkMemberships memberships;
  memberships.sweep();
  const bool is_used = !memberships.in_network(network.id).empty();
  // Of one that every store has the store says so.
  if (is_used && network.name != run::kDefaultNetwork) {
    throw Error(ErrorCode::kConflict, "network " + network.name + " has active endpoints",
                "stop the containers that are in it, or network disconnect them");
  }
  run::NetworkStore(session.root()).remove(network);
}

std::vector<std::string> prune_networks(Session& session, const ListFilter& filter) {
  std::vector<std::string> removed;
  for (const run::NetworkDefinition& network : run::NetworkStore(session.root()).list()) {
    const auto is_older = [&](const std::string&, const std::string& value) {
      return network.created < parse_point_in_time(value);
    };
    if (network.name == run::kDefaultNetwork || !filter.accepts(network.labels, is_older)) continue;
    try {
      remove_unused_network(session, network);
      removed.push_back(network.name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kConflict) throw;  // in use: it stays
    }
  }
  return removed;
}

}  // namespace estiba::cli
