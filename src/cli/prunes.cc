#include "cli/prunes.h"

#include "base/error.h"
#include "base/size.h"
#include "base/text.h"
#include "cli/containers.h"
#include "cli/output.h"
#include "cli/point_in_time.h"
#include "cli/session.h"
#include "run/events.h"
#include "run/network_memberships.h"
#include "run/volume_store.h"
#include "store/disk_size.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

// Of the keys only "until" is left to judge.
bool may_go(const ListFilter& filter, const Labels& labels, Timestamp created) {
  return filter.accepts(labels, [&](const std::string&, const std::string& value) {
    return created < parse_point_in_time(value);
  });
}

}  // namespace

PrunedNames prune_containers(Session& session, const ListFilter& filter) {
  PrunedNames pruned;
  run::Containers containers(session.store());
  for (const run::Container& container : containers.list()) {
    const run::ContainerRecord& record = container.record;
    if (container.active() || !may_go(filter, record.labels, record.created)) continue;
    pruned.reclaimed_bytes += container_size(session, container).writable_bytes;
    containers.remove(container, {.force = false, .volumes = false});
    pruned.names.push_back(container.id);
  }
  return pruned;
}

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
  run::record_network_event(session.root(), network, "destroy", "");
}

std::vector<std::string> prune_networks(Session& session, const ListFilter& filter) {
  std::vector<std::string> removed;
  for (const run::NetworkDefinition& network : run::NetworkStore(session.root()).list()) {
    if (network.name == run::kDefaultNetwork) continue;
    if (!may_go(filter, network.labels, network.created)) continue;
    try {
      remove_unused_network(session, network);
      removed.push_back(network.name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kConflict) throw;  // in use: it stays
    }
  }
  return removed;
}

PrunedNames prune_volumes(Session& session, bool all, const ListFilter& filter) {
  PrunedNames pruned;
  const run::VolumeStore volumes(session.root());
  const std::set<std::string> used = volumes.in_use();
  for (const run::Volume& volume : volumes.list()) {
    if (used.contains(volume.name) || (!all && !volume.anonymous)) continue;
    if (!may_go(filter, volume.labels, volume.created)) continue;
    const std::uint64_t size_bytes = store::disk_size_bytes(volume.mount_point);
    try {
      volumes.remove(volume);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kConflict) throw;  // a container took it meanwhile
      continue;
    }
    pruned.reclaimed_bytes += size_bytes;
    pruned.names.push_back(volume.name);
  }
  return pruned;
}

void print_pruned(const std::string& title, const PrunedNames& pruned) {
  if (!pruned.names.empty()) print("Deleted " + title + ":\n" + join(pruned.names, "\n") + "\n\n");
  print_line("Total reclaimed space: " + format_size(pruned.reclaimed_bytes));
}

}  // namespace estiba::cli
