// The networks of a store: <store>/networks/NAME.json, and "bridge", which every store has.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace estiba::run {

inline constexpr std::string_view kDefaultNetwork = "bridge";

struct NetworkDefinition {
  std::string name{};
  std::string id{};          // 64 hexadecimal digits
  std::string interface {};  // the bridge on the host
  std::string subnet{};      // "10.91.0.0/24"
  std::string gateway{};
  std::string subnet6{};  // "fd00::/64"; empty: no IPv6
  std::string gateway6{};
  bool internal = false;       // leads nowhere but to its other members
  bool resolves_names = true;  // of its members; the default network does not, as docker's
  std::map<std::string, std::string> labels{};
  Timestamp created{};

  // The name by which the host's network engine knows it: unique among all stores of the host.
  [[nodiscard]] std::string engine_name() const { return id.substr(0, 12); }
};

// One bridge for the default networks of all stores of a host: their addresses have one owner.
[[nodiscard]] NetworkDefinition default_network();

struct NetworkRequest {
  std::string name;
  // At most one of each family; empty: a free one.
  std::vector<std::string> subnets;
  std::vector<std::string> gateways;  // empty: the first address of the subnet
  bool ipv6 = false;                  // IPv6 beside IPv4, also without a subnet for it
  bool internal = false;
  std::map<std::string, std::string> labels;
};

// Several processes may use one store's networks at once.
class NetworkStore {
 public:
  explicit NetworkStore(std::string store_root) : directory_(std::move(store_root) + "/networks") {}

  // Throws kConflict "network with name X already exists", kInvalidArgument for a wrong name or
  // subnet.
  NetworkDefinition create(const NetworkRequest& request) const;
  // By name, sorted; the default network too.
  [[nodiscard]] std::vector<NetworkDefinition> list() const;
  // By name, id or unique prefix of an id.
  [[nodiscard]] std::optional<NetworkDefinition> try_find(std::string_view name) const;
  // Throws kNotFound "network X not found".
  [[nodiscard]] NetworkDefinition find(std::string_view name) const;
  void remove(const NetworkDefinition& network) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const;

  std::string directory_;
};

}  // namespace estiba::run
