#include "run/network.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "fs/user_namespace.h"
#include "run/network_files.h"
#include "run/network_memberships.h"
#include "run/network_namespace.h"
#include "run/port_proxy.h"
#include "run/port_reservation.h"
#include "run/run_options.h"
#include "run/user_network.h"

namespace estiba::run {
namespace {

// The host's interfaces, or none but loopback: the runtime does all there is to do.
class PlainNetwork final : public Network {
 public:
  explicit PlainNetwork(NetworkMode mode) : mode_(mode) {}
  void attach(ContainerSpec& spec) override { spec.network = mode_; }
  void detach() override {}

 private:
  NetworkMode mode_;
};

// Networks of the store: an interface and an address of the container's own in each.
class BridgeNetwork final : public Network {
 public:
  BridgeNetwork(std::string store_root, std::string container_id, const RunOptions& options)
      : store_root_(std::move(store_root)),
        container_id_(std::move(container_id)),
        options_(options) {}

  void attach(ContainerSpec& spec) override;
  void detach() override;

 private:
  std::string store_root_;
  std::string container_id_;
  const RunOptions& options_;
  std::optional<NetworkNamespace> namespace_;
  std::optional<PortProxy> ports_;
};

void BridgeNetwork::attach(ContainerSpec& spec) {
  NetworkMemberships memberships;
  memberships.sweep();
  // The runtime enters the namespace by a file that is gone with the bundle.
  namespace_.emplace(
      NetworkNamespace::make(fmt::format("{}/containers/{}/bundle", store_root_, container_id_)));
  std::vector<PortMapping> ports = options_.ports;
  std::vector<HeldPort> held = hold_ports(ports);
  memberships.begin(container_id_, ports);
  const NetworkStore networks(store_root_);
  for (const NetworkEndpoint& endpoint : options_.endpoints) {
    memberships.join({.container_id = container_id_,
                      .container_name = options_.name,
                      .network = networks.find(endpoint.network),
                      .endpoint = endpoint},
                     namespace_->path());
  }
  ports_.emplace(std::move(held), [id = container_id_] { return published_address(id); });
  spec.network_namespace = namespace_->path();
  describe_networks(memberships.of_container(container_id_), options_, spec);
}

void BridgeNetwork::detach() {
  if (!path_exists(network_state_directory())) return;
  NetworkMemberships().end(container_id_);
  namespace_.reset();
  ports_.reset();
}

}  // namespace

std::vector<NetworkEndpoint> checked_endpoints(const std::string& store_root,
                                               const RunOptions& options) {
  if (!options.joins_networks()) return {};
  std::vector<NetworkEndpoint> endpoints = options.endpoints;
  if (fs::ordinary_user()) {
    if (options.network == kDefaultNetwork && endpoints.size() == 1) return endpoints;
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("an ordinary user cannot attach containers to the network {}", options.network),
        "let containers share one network instead (--network container:NAME), or run as "
        "root");
  }
  for (NetworkEndpoint& endpoint : endpoints) {
    endpoint.network = NetworkStore(store_root).find(endpoint.network).name;
  }
  return endpoints;
}

std::unique_ptr<Network> make_network(const std::string& store_root,
                                      const std::string& container_id, const RunOptions& options) {
  if (options.network == "host") return std::make_unique<PlainNetwork>(NetworkMode::kHost);
  if (options.network == "none") return std::make_unique<PlainNetwork>(NetworkMode::kNone);
  // Which process that is changes with each start: whoever starts it looks.
  if (!options.joins_networks()) return std::make_unique<PlainNetwork>(NetworkMode::kPrivate);
  if (fs::ordinary_user()) return make_user_network(options);
  return std::make_unique<BridgeNetwork>(store_root, container_id, options);
}

}  // namespace estiba::run
