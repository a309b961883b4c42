// What nothing uses goes: containers that have stopped, volumes and networks that no container has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/list_filter.h"
#include "run/network_store.h"

namespace estiba::cli {

class Session;

struct PrunedNames {
  std::vector<std::string> names;  // or IDs
  std::uint64_t reclaimed_bytes = 0;
};

// All take "label", "label!" and "until" in the filter.
[[nodiscard]] PrunedNames prune_containers(Session& session, const ListFilter& filter = {});
[[nodiscard]] std::vector<std::string> prune_networks(Session& session,
                                                      const ListFilter& filter = {});
// The anonymous ones, or with `all` those with a name, too.
[[nodiscard]] PrunedNames prune_volumes(Session& session, bool all, const ListFilter& filter = {});

// Throws kConflict while a running container is in it.
void remove_unused_network(Session& session, const run::NetworkDefinition& network);

// docker's "Deleted X:" with the names, and the sum of what was reclaimed.
void print_pruned(const std::string& title, const PrunedNames& pruned);

}  // namespace estiba::cli
