#include "run/network.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "fs/user_namespace.h"
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

// A network of the store: an interface and an address of the container's own.
class BridgeNetwork final : public Network {
 public:
  // The namespace is entered by a file in `directory`, which exists when it is attached.
  BridgeNetwork(NetworkDefinition network, std::string container_id, std::string directory,
                const RunOptions& options)
      : network_(std::move(network)),
        container_id_(std::move(container_id)),
        directory_(std::move(directory)),
        options_(options) {}

  void attach(ContainerSpec& spec) override;
  void detach() override;

 private:
  [[nodiscard]] JoinRequest request(std::vector<PortMapping> ports) const;

  NetworkDefinition network_;
  std::string container_id_;
  std::string directory_;
  const RunOptions& options_;
  std::optional<NetworkNamespace> namespace_;
  std::optional<PortProxy> ports_;
};

JoinRequest BridgeNetwork::request(std::vector<PortMapping> ports) const {
  JoinRequest request{.container_id = container_id_,
                      .container_name = options_.name,
                      .network = network_,
                      .address = options_.address,
                      .aliases = options_.network_aliases,
                      .ports = std::move(ports)};
  const std::string short_id = container_id_.substr(0, 12);
  if (request.container_name.empty()) request.container_name = short_id;
  request.aliases.push_back(short_id);
  return request;
}

void BridgeNetwork::attach(ContainerSpec& spec) {
  NetworkMemberships memberships;
  memberships.sweep();
  namespace_.emplace(NetworkNamespace::make(directory_));
  std::vector<PortMapping> ports = options_.ports;
  std::vector<HeldPort> held = hold_ports(ports);
  const NetworkMembership member = memberships.join(request(std::move(ports)), namespace_->path());
  ports_.emplace(std::move(held), member.address);
  spec.network = NetworkMode::kPrivate;
  spec.network_namespace = namespace_->path();
  spec.host_gateway = network_.gateway;
  spec.hosts = {fmt::format("{}\t{}", member.address, spec.hostname)};
  if (!member.address6.empty()) {
    spec.hosts.push_back(fmt::format("{}\t{}", member.address6, spec.hostname));
  }
  if (!options_.name.empty() && options_.name != spec.hostname) {
    for (std::string& line : spec.hosts) line += " " + options_.name;
  }
  if (network_.resolves_names) spec.name_servers = {network_.gateway};
}

void BridgeNetwork::detach() {
  if (!path_exists(network_state_directory())) return;
  NetworkMemberships memberships;
  if (!memberships.of_container(container_id_).empty()) {
    memberships.leave(container_id_, "");
  }
  namespace_.reset();
  ports_.reset();
}

void refuse_address(const RunOptions& options) {
  if (options.network == "host" || options.network == "none" ||
      options.network.starts_with("container:")) {
    if (options.address.empty()) return;
    throw Error(ErrorCode::kInvalidArgument,
                "user specified IP address is supported on user defined networks only");
  }
}

}  // namespace

std::unique_ptr<Network> make_network(const std::string& store_root,
                                      const std::string& container_id, const RunOptions& options) {
  refuse_address(options);
  if (options.network == "host") return std::make_unique<PlainNetwork>(NetworkMode::kHost);
  if (options.network == "none") return std::make_unique<PlainNetwork>(NetworkMode::kNone);
  // Which process that is changes with each start: whoever starts it looks.
  if (options.network.starts_with("container:")) {
    return std::make_unique<PlainNetwork>(NetworkMode::kPrivate);
  }
  if (fs::ordinary_user()) {
    if (options.network == kDefaultNetwork) return make_user_network(options);
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("an ordinary user cannot attach containers to the network {}", options.network),
        "let containers share one network instead (--network container:NAME), or run as "
        "root");
  }
  return std::make_unique<BridgeNetwork>(
      NetworkStore(store_root).find(options.network), container_id,
      fmt::format("{}/containers/{}/bundle", store_root, container_id), options);
}

}  // namespace estiba::run
