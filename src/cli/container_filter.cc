#include "cli/container_filter.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "cli/container_network.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

constexpr std::array<std::string_view, 13> kKeys = {
    "id",    "name",   "label",   "exited", "status",  "ancestor", "before",
    "since", "volume", "network", "health", "is-task", "publish"};

bool has_label(const run::Container& container, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = container.record.labels.find(wanted.substr(0, equals));
  if (found == container.record.labels.end()) return false;
  return equals == std::string::npos || found->second == wanted.substr(equals + 1);
}

bool has_volume(const run::Container& container, const std::string& wanted) {
  return std::ranges::any_of(container.record.options.volumes, [&](const auto& volume) {
    return volume.source == wanted || volume.destination == wanted;
  });
}

std::string health_of(const run::Container& container) {
  return container.state.health ? container.state.health->status : "none";
}

}  // namespace

ContainerFilter::ContainerFilter(Session& session, const std::vector<std::string>& filters)
    : session_(session) {
  for (const std::string& filter : filters) {
    const std::size_t equals = filter.find('=');
    if (equals == std::string::npos) {
      throw Error(ErrorCode::kInvalidArgument,
                  "bad format of filter (expected name=value): " + filter);
    }
    const std::string key = filter.substr(0, equals);
    if (std::ranges::find(kKeys, key) == kKeys.end()) {
      throw Error(ErrorCode::kInvalidArgument, "Invalid filter '" + key + "'");
    }
    filters_[key].push_back(filter.substr(equals + 1));
  }
}

bool ContainerFilter::asks_for_state() const {
  return filters_.contains("status") || filters_.contains("exited");
}

bool ContainerFilter::accepts(const run::Container& container) const {
  return std::ranges::all_of(filters_, [&](const auto& filter) {
    const auto& [key, values] = filter;
    const auto fits = [&](const std::string& value) { return matches(container, key, value); };
    return key == "label" ? std::ranges::all_of(values, fits) : std::ranges::any_of(values, fits);
  });
}

bool ContainerFilter::matches(const run::Container& container, const std::string& key,
                              const std::string& value) const {
  if (key == "id") return container.id.starts_with(value);
  if (key == "name") return container.name.find(value) != std::string::npos;
  if (key == "label") return has_label(container, value);
  if (key == "status") return container.state.name() == value;
  if (key == "health") return health_of(container) == value;
  if (key == "volume") return has_volume(container, value);
  if (key == "network") return container.record.options.network == value;
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
  if (key == "publish") {
    return std::ranges::any_of(published_ports(container), [&](const run::PortMapping& port) {
      const std::string number = std::to_string(port.container_port);
      return value == number || value == number + "/" + port.protocol;
    });
  }
  return key == "is-task" && value == "false";
}

}  // namespace estiba::cli
