#include "cli/container_filter.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "cli/container_network.h"
#include "cli/point_in_time.h"
#include "cli/session.h"
#include "run/network_store.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

bool has_volume(const run::Container& container, const std::string& wanted) {
  return std::ranges::any_of(container.record.options.volumes, [&](const auto& volume) {
    return volume.source == wanted || volume.destination == wanted;
  });
}

bool is_in_network(Session& session, const run::Container& container, const std::string& wanted) {
  const run::RunOptions& options = container.record.options;
  if (!options.joins_networks()) return options.network == wanted;
  const auto network = run::NetworkStore(session.root()).try_find(wanted);
  return network && std::ranges::any_of(options.endpoints, [&](const auto& endpoint) {
           return endpoint.network == network->name;
         });
}

std::vector<run::PortMapping> exposed(const run::Container& container) {
  std::vector<run::PortMapping> ports;
  run::add_exposed_ports(container.record.options.exposed_ports, ports);
  return ports;
}

// `wanted` is a port or a range of them, with a protocol or for TCP.
bool has_port(const std::vector<run::PortMapping>& ports, const std::string& wanted) {
  const std::vector<run::PortMapping> named = run::parse_publish(wanted);
  return std::ranges::any_of(ports, [&](const run::PortMapping& port) {
    return std::ranges::any_of(named, [&](const run::PortMapping& other) {
      return other.container_port == port.container_port && other.protocol == port.protocol;
    });
  });
}

void check_state(const std::string& value) {
  constexpr std::array<std::string_view, 7> kStates = {
      "created", "restarting", "running", "removing", "paused", "exited", "dead"};
  if (std::ranges::find(kStates, value) != kStates.end()) return;
  throw Error(ErrorCode::kInvalidArgument, "Invalid filter 'status=" + value + "'");
}

std::string health_of(const run::Container& container) {
  return container.state.health ? container.state.health->status : "none";
}

}  // namespace

ContainerFilter::ContainerFilter(Session& session, const std::vector<std::string>& filters)
    : session_(session),
      filter_(filters,
              {"id", "name", "label", "label!", "exited", "status", "ancestor", "before", "since",
               "volume", "network", "health", "is-task", "publish", "expose", "until"}) {
  for (const std::string& value : filter_.values_of("status")) check_state(value);
}

bool ContainerFilter::asks_for_state() const {
  return filter_.asks_for("status") || filter_.asks_for("exited");
}

bool ContainerFilter::accepts(const run::Container& container) const {
  return filter_.accepts(container.record.labels,
                         [&](const std::string& key, const std::string& value) {
                           return matches(container, key, value);
                         });
}

bool ContainerFilter::matches(const run::Container& container, const std::string& key,
                              const std::string& value) const {
  if (key == "id") return container.id.starts_with(value);
  if (key == "name") return container.name.find(value) != std::string::npos;
  if (key == "status") return container.state.name() == value;
  if (key == "health") return health_of(container) == value;
  if (key == "volume") return has_volume(container, value);
  if (key == "network") return is_in_network(session_, container, value);
  if (key == "until") return container.record.created < parse_point_in_time(value);
  if (key == "expose") return has_port(exposed(container), value);
  if (key == "exited") {
    return container.state.name() == "exited" && std::to_string(container.state.exit_code) == value;
  }
  if (key == "ancestor") {
    const auto image = session_.store().images().try_find(value);
    if (!image) return false;
    const auto lineage = session_.store().images().lineage(container.record.image);
    return std::ranges::find(lineage, image->id) != lineage.end();
  }
  if (key == "before" || key == "since") {
    const Timestamp other = run::Containers(session_.store()).find(value).record.created;
    return key == "before" ? container.record.created < other : container.record.created > other;
  }
  if (key == "publish") return has_port(published_ports(container), value);
  return key == "is-task" && value == "false";
}

}  // namespace estiba::cli
