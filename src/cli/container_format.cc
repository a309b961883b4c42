// Containers as docker's commands show them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/container_host_format.h"
#include "cli/container_network.h"
#include "cli/containers.h"
#include "cli/labels.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;
using run::Container;
using run::ContainerState;
using run::ContainerStatus;

constexpr std::size_t kCommandWidth = 20;

// go-units' words without the "ago".
std::string duration_text(Timestamp since) {
  std::string text = format_ago(since, now());
  if (text.ends_with(" ago")) text.resize(text.size() - 4);
  return text;
}

std::string command_text(const std::vector<std::string>& arguments, bool truncated) {
  std::string text = join(arguments, " ");
  if (truncated && text.size() > kCommandWidth) {
    std::size_t end = kCommandWidth - 1;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "…";
  }
  return '"' + text + '"';
}

bool is_volume(const run::VolumeRequest& request) {
  return request.kind == run::VolumeKind::kNamed || request.kind == run::VolumeKind::kAnonymous;
}

std::string mounts_text(const Container& container, bool truncated) {
  std::vector<std::string> names;
  for (const run::VolumeRequest& volume : container.record.options.volumes) {
    const bool shortened = truncated && volume.source.size() > 15;
    names.push_back(shortened ? volume.source.substr(0, 14) + "…" : volume.source);
  }
  return join(names, ",");
}

std::string time_or_never(const std::optional<Timestamp>& time) {
  return time ? format_rfc3339(*time) : "0001-01-01T00:00:00Z";
}

Json health_json(const run::HealthState& health) {
  Json log = Json::array();
  for (const run::HealthResult& result : health.log) {
    log.push_back({{"Start", format_rfc3339(result.start)},
                   {"End", format_rfc3339(result.end)},
                   {"ExitCode", result.exit_code},
                   {"Output", result.output}});
  }
  return {{"Status", health.status}, {"FailingStreak", health.failing_streak}, {"Log", log}};
}

Json state_json(const ContainerState& state) {
  Json json = {{"Status", state.name()},
               {"Running", state.status == ContainerStatus::kRunning ||
                               state.status == ContainerStatus::kRestarting},
               {"Paused", state.paused},
               {"Restarting", state.status == ContainerStatus::kRestarting},
               {"OOMKilled", false},
               {"Dead", false},
               {"Pid", state.pid},
               {"ExitCode", state.exit_code},
               {"Error", state.error},
               {"StartedAt", time_or_never(state.started)},
               {"FinishedAt", time_or_never(state.finished)}};
  if (state.health) json["Health"] = health_json(*state.health);
  return json;
}

Json mounts_json(const std::string& store_root, const Container& container) {
  Json mounts = Json::array();
  for (const run::VolumeRequest& volume : container.record.options.volumes) {
    Json mount;
    if (volume.kind == run::VolumeKind::kBind || volume.kind == run::VolumeKind::kImage) {
      mount["Type"] = volume.kind == run::VolumeKind::kBind ? "bind" : "image";
      mount["Source"] = volume.source;
    } else {
      mount["Type"] = "volume";
      mount["Name"] = volume.source;
      mount["Source"] = fmt::format("{}/volumes/{}/_data", store_root, volume.source);
    }
    mount["Destination"] = volume.destination;
    if (is_volume(volume)) mount["Driver"] = "local";
    mount["Mode"] = volume.read_only ? "ro" : "";
    mount["RW"] = !volume.read_only;
    mount["Propagation"] = volume.kind == run::VolumeKind::kBind ? volume.propagation : "";
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Json config_json(const Container& container, const store::Image& image) {
  const run::RunOptions& options = container.record.options;
  ContainerConfig config = image.config.config;
  config.user = container.record.process.user;
  config.environment = container.record.process.environment;
  config.working_directory = container.record.process.working_directory;
  config.labels = container.record.labels;
  config.stop_signal = options.stop_signal.value_or("");
  config.stop_timeout_seconds = options.stop_timeout_seconds;
  if (options.process.entrypoint) {
    config.entrypoint = std::vector<std::string>{*options.process.entrypoint};
    config.command.reset();
  }
  if (!options.process.command.empty()) config.command = options.process.command;
  config.healthcheck.reset();
  if (!options.health.test.empty()) config.healthcheck = options.health;
  Json json = Json::parse(serialize_docker_config(config));
  json["Hostname"] = container.record.hostname;
  json["Domainname"] = options.host.domain_name;
  if (!options.exposed_ports.empty()) {
    json["ExposedPorts"] = Json::object();
    for (const std::string& port : options.exposed_ports) {
      json["ExposedPorts"][port] = Json::object();
    }
  }
  json["Tty"] = options.terminal;
  json["OpenStdin"] = options.interactive;
  json["StdinOnce"] = options.input_ends_with_client;
  json["Image"] = options.image_name;
  return json;
}

}  // namespace

std::string status_text(const ContainerState& state) {
  switch (state.status) {
    case ContainerStatus::kCreated:
      return "Created";
    case ContainerStatus::kExited:
      return fmt::format("Exited ({}) {}", state.exit_code,
                         format_ago(state.finished.value_or(now()), now()));
    case ContainerStatus::kRestarting:
      return fmt::format("Restarting ({}) {}", state.exit_code,
                         format_ago(state.finished.value_or(now()), now()));
    case ContainerStatus::kRunning:
      break;
  }
  std::string text = "Up " + duration_text(state.started.value_or(now()));
  if (state.paused) return text + " (Paused)";
  if (!state.health) return text;
  const std::string& health = state.health->status;
  return fmt::format("{} ({})", text, health == "starting" ? "health: starting" : health);
}

std::string container_row(const Container& container, bool truncated, const std::string& size) {
  Json row;
  row["Command"] = command_text(container.record.process.arguments, truncated);
  row["CreatedAt"] = format_rfc3339(container.record.created);
  row["ID"] = truncated ? container.short_id() : container.id;
  row["Image"] = container.record.options.image_name;
  row["Labels"] = labels_text(container.record.labels);
  row["LocalVolumes"] =
      std::to_string(std::ranges::count_if(container.record.options.volumes, is_volume));
  row["Mounts"] = mounts_text(container, truncated);
  row["Names"] = container.name;
  row["Networks"] = networks_text(container);
  row["Ports"] = ports_text(container);
  row["RunningFor"] = format_ago(container.record.created, now());
  row["Size"] = size;
  row["State"] = container.state.name();
  row["Status"] = status_text(container.state);
  return row.dump();
}

std::string describe_container(Session& session, const Container& container, bool with_size) {
  const store::Image image = session.store().images().get(container.record.image);
  const std::vector<std::string>& arguments = container.record.process.arguments;
  Json json;
  json["Id"] = container.id;
  json["Created"] = format_rfc3339(container.record.created);
  json["Path"] = arguments.front();
  json["Args"] = std::vector<std::string>(arguments.begin() + 1, arguments.end());
  json["State"] = state_json(container.state);
  json["Image"] = container.record.image.to_string();
  json["ResolvConfPath"] = container.directory + "/bundle/resolv.conf";
  json["HostnamePath"] = container.directory + "/bundle/hostname";
  json["HostsPath"] = container.directory + "/bundle/hosts";
  json["LogPath"] = container.directory + "/container.log";
  json["Name"] = "/" + container.name;
  json["RestartCount"] = container.state.restart_count;
  json["Driver"] = "overlay2";
  json["Platform"] = image.config.platform.os;
  json["HostConfig"] = Json::parse(host_config_document(container));
  json["GraphDriver"] = {{"Name", "overlay2"},
                         {"Data", {{"UpperDir", container.directory + "/upper"}}}};
  if (with_size) {
    const ContainerSize size = container_size(session, container);
    json["SizeRw"] = size.writable_bytes;
    json["SizeRootFs"] = size.total_bytes;
  }
  json["Mounts"] = mounts_json(session.root(), container);
  json["Config"] = config_json(container, image);
  json["NetworkSettings"] = Json::parse(network_settings(container));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace estiba::cli
