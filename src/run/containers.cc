#include "run/containers.h"

#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "fs/lock.h"
#include "run/container_control.h"
#include "run/events.h"
#include "run/health.h"
#include "run/network.h"
#include "run/random_name.h"
#include "run/signals.h"
#include "run/volume_store.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::run {
namespace {

constexpr int kKilledExitCode = 128 + SIGKILL;

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) throw_errno("read the host's name");
  return name.data();
}

bool is_container_name(std::string_view name) {
  const auto is_word = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0;
  };
  return name.size() >= 2 && is_word(name.front()) && std::ranges::all_of(name, [&](char letter) {
           return is_word(letter) || letter == '_' || letter == '.' || letter == '-';
         });
}

void check_name(const std::string& name) {
  if (is_container_name(name)) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("Invalid container name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name));
}

ContainerRecord describe(const store::Image& image, const RunOptions& options) {
  const ContainerConfig& config = image.config.config;
  ContainerRecord record{.id = new_container_id(),
                         .image = image.id,
                         .options = options,
                         .process = {},
                         .hostname = options.hostname,
                         .labels = config.labels,
                         .created = now()};
  if (record.hostname.empty()) {
    record.hostname = options.network == "host" ? host_name() : record.id.substr(0, 12);
  }
  RunOverrides overrides = options.process;
  overrides.hostname = record.hostname;
  overrides.terminal = options.terminal;
  record.process = effective_process(config, overrides);
  if (!record.options.stop_signal && !config.stop_signal.empty()) {
    record.options.stop_signal = config.stop_signal;
  }
  if (!record.options.stop_timeout_seconds) {
    record.options.stop_timeout_seconds = config.stop_timeout_seconds;
  }
  record.options.health = effective_health(config.healthcheck, options);
  for (const auto& [key, value] : options.labels) record.labels[key] = value;
  record.options.exposed_ports.insert(config.exposed_ports.begin(), config.exposed_ports.end());
  if (options.publish_all) {
    add_exposed_ports(record.options.exposed_ports, record.options.ports);
  }
  return record;
}

// Those that no other container has taken over with --volumes-from.
void remove_anonymous_volumes(const std::string& store_root,
                              const std::vector<VolumeRequest>& volumes) {
  std::optional<std::set<std::string>> used;
  for (const VolumeRequest& volume : volumes) {
    if (volume.kind != VolumeKind::kAnonymous) continue;
    if (!used) used = VolumeStore(store_root).in_use();
    if (!used->contains(volume.source)) remove_volume(store_root + "/volumes", volume.source);
  }
}

}  // namespace

std::string lock_path(const Container& container) {
  return container.directory + "/lock";
}

Container Containers::create(const store::Image& image, const RunOptions& options) {
  if (!options.name.empty()) {
    check_name(options.name);
    // Frees the name where only the index still has it.
    if (const auto holder = store_.containers().try_find(options.name)) (void)load(*holder);
  }
  std::vector<NetworkEndpoint> endpoints = checked_endpoints(store_.root(), options);
  ContainerRecord record = describe(image, options);
  record.options.endpoints = std::move(endpoints);
  record.options.volumes = all_volumes(image, options);
  Container container{.id = record.id,
                      .name = options.name.empty() ? random_container_name() : options.name,
                      .directory = store_.root() + "/containers/" + record.id,
                      .record = std::move(record),
                      .state = {}};
  container.record.options.name = container.name;  // its network knows it by that
  make_directories(container.directory, 0700);
  write_record(container.directory, container.record);
  try {
    using store::ContainerLife;
    store_.containers().add(container.id, image.id, container.name,
                            options.remove ? ContainerLife::kEphemeral : ContainerLife::kKept);
  } catch (const Error&) {
    store_.discard_tree(container.directory);
    throw;
  }
  make_volumes(store_.root() + "/volumes", container.record.options.volumes);
  record_event(store_.root(), container, "create");
  return container;
}

// Those it asked for, then those of other containers, then those its image declares.
std::vector<VolumeRequest> Containers::all_volumes(const store::Image& image,
                                                   const RunOptions& options) {
  std::vector<VolumeRequest> volumes = options.volumes;
  for (const std::string& from : options.volumes_from) {
    const std::size_t colon = std::min(from.find(':'), from.size());
    const Container other = find(from.substr(0, colon));
    const std::string mode = from.substr(std::min(colon + 1, from.size()));
    for (VolumeRequest& taken : volumes_of_another(other.record.options.volumes, mode)) {
      const auto is_covered =
          std::ranges::find(volumes, taken.destination, &VolumeRequest::destination);
      if (is_covered == volumes.end()) volumes.push_back(std::move(taken));
    }
  }
  for (VolumeRequest& volume : volumes) {
    if (volume.kind != VolumeKind::kImage) continue;
    volume.source = store_.images().find(volume.source).id.to_string();
  }
  return with_named_volumes(std::move(volumes), image.config.config.volumes);
}

std::optional<Container> Containers::load(const store::ContainerEntry& entry) {
  const std::string directory = store_.root() + "/containers/" + entry.id;
  // Removed by somebody else between the index and the files; or long ago, where loss of power took
  // back that it left the index.
  if (!path_exists(directory + "/container.json")) {
    store_.containers().remove(entry.id);
    return std::nullopt;
  }
  Container container{.id = entry.id,
                      .name = entry.name,
                      .directory = directory,
                      .record = read_record(directory),
                      .state = read_state(directory)};
  const bool was_begun =
      container.state.status == ContainerStatus::kCreated && path_exists(lock_path(container));
  if ((container.active() || was_begun) && !bury_if_lost(container)) return std::nullopt;
  return container;
}

bool Containers::bury_if_lost(Container& container) {
  auto lock = fs::FileLock::try_exclusive(lock_path(container));
  if (!lock) return true;
  // It may have ended in an orderly way since we read.
  container.state = read_state(container.directory);
  if (container.state.status == ContainerStatus::kExited) return true;
  make_network(store_.root(), container.id, container.record.options)->detach();
  if (container.state.status == ContainerStatus::kCreated && !container.record.options.remove) {
    lock->remove();  // it never ran: nothing more is to be looked for
    return true;
  }
  container.state.status = ContainerStatus::kExited;
  container.state.finished = now();
  container.state.exit_code = kKilledExitCode;
  container.state.pid = container.state.runtime_pid = container.state.keeper_pid = 0;
  write_state(container.directory, container.state);
  record_event(store_.root(), container, "die");
  if (!container.record.options.remove) return true;
  forget(container, true);
  return false;
}

std::vector<Container> Containers::list() {
  std::vector<Container> containers;
  for (const store::ContainerEntry& entry : store_.containers().list()) {
    if (auto container = load(entry)) containers.push_back(std::move(*container));
  }
  return containers;
}

Container Containers::find(std::string_view id_or_name) {
  if (const auto entry = store_.containers().try_find(id_or_name)) {
    if (auto container = load(*entry)) return std::move(*container);
  }
  throw Error(ErrorCode::kNotFound, fmt::format("No such container: {}", id_or_name));
}

void Containers::remove(const Container& container, const ContainerRemoval& removal) {
  if (container.active()) {
    if (!removal.force) {
      throw Error(ErrorCode::kConflict,
                  fmt::format("You cannot remove a {} container {}. Stop the container before "
                              "attempting removal or force remove",
                              container.state.name(), container.id));
    }
    stop_container(container, {.signal = SIGKILL, .timeout = {}});
  }
  forget(container, removal.volumes || container.record.options.remove);
}

void Containers::rename(const Container& container, const std::string& name) {
  check_name(name);
  if (name == container.name) {
    throw Error(ErrorCode::kConflict,
                "Renaming a container with the same name as its current name");
  }
  store_.containers().rename(container.id, name);
  record_event(store_.root(), container, "rename", {{"newName", name}});
}

void Containers::forget(const Container& container, bool volumes) {
  store_.containers().remove(container.id);
  store_.discard_tree(container.directory);
  if (volumes) remove_anonymous_volumes(store_.root(), container.record.options.volumes);
  record_event(store_.root(), container, "destroy");
}

}  // namespace estiba::run
