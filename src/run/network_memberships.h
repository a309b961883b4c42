// Which containers are in which networks now, on this host: /run/estiba/networks/ID/NETWORK.json.
// The files tell how to take away what was made, by whoever comes next, when its maker was killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fs/lock.h"
#include "run/network_engine.h"
#include "run/run_options.h"

namespace estiba::run {

struct JoinRequest {
  std::string container_id;
  std::string container_name;
  NetworkDefinition network;
  NetworkEndpoint endpoint;
};

// Serialises all changes on this host; holds a lock for its life.
class NetworkMemberships {
 public:
  NetworkMemberships();

  // Before a container joins its first network: its notes are void when the calling process is
  // dead. `ports`, with the host's chosen, lead to whichever network leads it outside.
  void begin(const std::string& container_id, const std::vector<PortMapping>& ports);
  // Chooses an address and an interface, notes them, and attaches. Throws kConflict for an address
  // that is taken, and for a network in which it is already.
  NetworkMembership join(const JoinRequest& request, const std::string& network_namespace);
  // Leaves one network, and lives on. Throws kNotFound when it is not in there.
  void leave(const std::string& container_id, const NetworkDefinition& network,
             const std::string& network_namespace);
  // Leaves all; nothing happens a second time.
  void end(const std::string& container_id);
  [[nodiscard]] std::vector<NetworkMembership> of_container(const std::string& container_id) const;
  [[nodiscard]] std::vector<NetworkMembership> in_network(const std::string& network_id) const;
  // Of all networks of the host.
  [[nodiscard]] std::vector<NetworkMembership> all() const;
  // Takes away what containers left whose makers are dead.
  void sweep();
  // Writes rules and names again: after somebody flushed the host's firewall.
  void reload();

 private:
  // After a change of its networks: which of them leads it outside, and is led to.
  void settle(const std::string& container_id, const std::string& network_namespace);
  // Writes rules, and the names that are known in `networks`.
  void publish(const std::vector<NetworkDefinition>& networks) const;

  fs::FileLock lock_;
};

// Where a container's published ports lead now; empty when it is in no network. Asks without the
// lock: the files are replaced as wholes.
[[nodiscard]] std::string published_address(const std::string& container_id);

}  // namespace estiba::run
