// Which containers are in which networks now, on this host: /run/estiba/networks/ID/NETWORK.json.
// The files tell how to take away what was made, by whoever comes next, when its maker was killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fs/lock.h"
#include "run/network_engine.h"

namespace estiba::run {

struct JoinRequest {
  std::string container_id;
  std::string container_name;
  NetworkDefinition network;
  std::string address;  // empty: a free one
  std::vector<std::string> aliases;
  std::vector<PortMapping> ports;
};

// Serialises all changes on this host; holds a lock for its life.
class NetworkMemberships {
 public:
  NetworkMemberships();

  // Chooses an address and an interface, notes them, and attaches. Throws kConflict for an address
  // that is taken.
  NetworkMembership join(const JoinRequest& request, const std::string& network_namespace);
  // Of `network_id` only, or of all when empty.
  void leave(const std::string& container_id, const std::string& network_id);
  [[nodiscard]] std::vector<NetworkMembership> of_container(const std::string& container_id) const;
  [[nodiscard]] std::vector<NetworkMembership> in_network(const std::string& network_id) const;
  // Of all networks of the host.
  [[nodiscard]] std::vector<NetworkMembership> all() const;
  // Takes away what containers left whose makers are dead.
  void sweep();
  // Writes rules and names again: after somebody flushed the host's firewall.
  void reload();

 private:
  // After a change of who is in `network`.
  void publish(const NetworkDefinition& network) const;

  fs::FileLock lock_;
};

}  // namespace estiba::run
