#include "run/user_network.h"

#include <optional>

#include "base/fd.h"
#include "run/network_engine.h"
#include "run/network_namespace.h"
#include "run/packet_carrier.h"
#include "run/port_reservation.h"
#include "run/run_options.h"

namespace estiba::run {
namespace {

class UserNetwork final : public Network {
 public:
  explicit UserNetwork(const RunOptions& options) : options_(options) {}

  void attach(ContainerSpec& spec) override;
  void detach() override;

 private:
  const RunOptions& options_;
  std::optional<NetworkNamespace> namespace_;
  std::optional<PacketCarrier> carrier_;
};

void UserNetwork::attach(ContainerSpec& spec) {
  make_directories(network_state_directory(), 0700);
  namespace_.emplace(NetworkNamespace::make(network_state_directory()));
  std::vector<PortMapping> ports = options_.ports;
  // Chosen, and said to be taken in our words; the carrier then has to bind them itself.
  (void)hold_ports(ports);
  carrier_.emplace(PacketCarrier::start(namespace_->path(), ports));
  spec.network = NetworkMode::kPrivate;
  spec.network_namespace = namespace_->path();
  if (!carrier_->name_server().empty()) spec.name_servers = {carrier_->name_server()};
}

void UserNetwork::detach() {
  carrier_.reset();
  namespace_.reset();
}

}  // namespace

std::unique_ptr<Network> make_user_network(const RunOptions& options) {
  return std::make_unique<UserNetwork>(options);
}

}  // namespace estiba::run
