#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "oci/container_config_json.h"

namespace estiba {
namespace {

using OrderedJson = nlohmann::ordered_json;
using Words = std::vector<std::string>;

std::string_view environment_key(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

// A list, or a single string as docker's strslice takes it.
std::optional<Words> parse_words(const JsonField& field) {
  if (!field.present()) return std::nullopt;
  if (field.is_string()) return Words{field.string()};
  return field.strings();
}

// The keys of {"80/tcp": {}}.
std::set<std::string> parse_set(const JsonField& field) {
  std::set<std::string> result;
  for (const auto& [key, ignored] : field.members()) result.insert(key);
  return result;
}

// The last of several values of a key counts, at the place of the first.
Words parse_environment(const JsonField& field) {
  Words result;
  std::unordered_map<std::string, std::size_t> places;
  for (std::string& entry : field.strings()) {
    const auto [place, is_new] =
        places.try_emplace(std::string(environment_key(entry)), result.size());
    if (is_new) {
      result.push_back(std::move(entry));
    } else {
      result[place->second] = std::move(entry);
    }
  }
  return result;
}

std::chrono::nanoseconds parse_nanoseconds(const JsonField& field) {
  return std::chrono::nanoseconds(field.size());
}

// Docker keeps it as a Go int: what a person could mean fits 32 bits.
std::optional<int> parse_int(const JsonField& field) {
  const std::optional<std::int64_t> value = field.integer();
  if (!value) return std::nullopt;
  if (*value < INT32_MIN || *value > INT32_MAX) field.fail("is out of range");
  return static_cast<int>(*value);
}

std::optional<Healthcheck> parse_healthcheck(const JsonField& field) {
  if (!field.present()) return std::nullopt;
  return Healthcheck{.test = field["Test"].strings(),
                     .interval = parse_nanoseconds(field["Interval"]),
                     .timeout = parse_nanoseconds(field["Timeout"]),
                     .start_period = parse_nanoseconds(field["StartPeriod"]),
                     .start_interval = parse_nanoseconds(field["StartInterval"]),
                     .retries = parse_int(field["Retries"]).value_or(0)};
}

OrderedJson set_json(const std::set<std::string>& keys) {
  OrderedJson json = OrderedJson::object();
  for (const std::string& key : keys) json[key] = OrderedJson::object();
  return json;
}

OrderedJson healthcheck_json(const Healthcheck& healthcheck) {
  OrderedJson json = OrderedJson::object();
  const auto add_duration = [&json](const char* key, std::chrono::nanoseconds value) {
    if (value.count() != 0) json[key] = value.count();
  };
  if (!healthcheck.test.empty()) json["Test"] = healthcheck.test;
  add_duration("Interval", healthcheck.interval);
  add_duration("Timeout", healthcheck.timeout);
  add_duration("StartPeriod", healthcheck.start_period);
  add_duration("StartInterval", healthcheck.start_interval);
  if (healthcheck.retries != 0) json["Retries"] = healthcheck.retries;
  return json;
}

// Go writes a nil slice or map as null.
template <typename Container>
OrderedJson or_null(const Container& container) {
  return container.empty() ? OrderedJson(nullptr) : OrderedJson(container);
}

OrderedJson or_null(const std::optional<Words>& words) {
  return words ? OrderedJson(*words) : OrderedJson(nullptr);
}

}  // namespace

std::optional<std::string> ContainerConfig::environment_value(std::string_view key) const {
  for (const std::string& entry : environment) {
    if (environment_key(entry) == key && entry.size() > key.size()) {
      return entry.substr(key.size() + 1);
    }
  }
  return std::nullopt;
}

void ContainerConfig::set_environment(std::string_view key, std::string_view value) {
  std::string entry = fmt::format("{}={}", key, value);
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const auto& other) { return environment_key(other) == key; });
  if (found == environment.end()) {
    environment.push_back(std::move(entry));
  } else {
    *found = std::move(entry);
  }
}

ContainerConfig parse_container_config(const JsonField& field) {
  ContainerConfig config;
  config.user = field["User"].string();
  config.exposed_ports = parse_set(field["ExposedPorts"]);
  config.environment = parse_environment(field["Env"]);
  config.entrypoint = parse_words(field["Entrypoint"]);
  config.command = parse_words(field["Cmd"]);
  config.volumes = parse_set(field["Volumes"]);
  config.working_directory = field["WorkingDir"].string();
  config.labels = field["Labels"].string_map();
  config.stop_signal = field["StopSignal"].string();
  config.stop_timeout_seconds = parse_int(field["StopTimeout"]);
  config.shell = parse_words(field["Shell"]).value_or(Words{});
  config.on_build = field["OnBuild"].strings();
  config.healthcheck = parse_healthcheck(field["Healthcheck"]);
  config.args_escaped = field["ArgsEscaped"].boolean();
  return config;
}

OrderedJson container_config_json(const ContainerConfig& config) {
  OrderedJson json = OrderedJson::object();
  if (!config.user.empty()) json["User"] = config.user;
  if (!config.exposed_ports.empty()) json["ExposedPorts"] = set_json(config.exposed_ports);
  if (!config.environment.empty()) json["Env"] = config.environment;
  if (config.entrypoint) json["Entrypoint"] = *config.entrypoint;
  if (config.command) json["Cmd"] = *config.command;
  if (!config.volumes.empty()) json["Volumes"] = set_json(config.volumes);
  if (!config.working_directory.empty()) json["WorkingDir"] = config.working_directory;
  if (!config.labels.empty()) json["Labels"] = config.labels;
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (config.args_escaped) json["ArgsEscaped"] = true;
  if (config.healthcheck) json["Healthcheck"] = healthcheck_json(*config.healthcheck);
  if (!config.on_build.empty()) json["OnBuild"] = config.on_build;
  if (!config.shell.empty()) json["Shell"] = config.shell;
  if (config.stop_timeout_seconds) json["StopTimeout"] = *config.stop_timeout_seconds;
  return json;
}

// The order of container.Config in github.com/moby/moby/api/types/container.
std::string serialize_docker_config(const ContainerConfig& config) {
  OrderedJson json;
  json["Hostname"] = "";
  json["Domainname"] = "";
  json["User"] = config.user;
  json["AttachStdin"] = false;
  json["AttachStdout"] = false;
  json["AttachStderr"] = false;
  if (!config.exposed_ports.empty()) json["ExposedPorts"] = set_json(config.exposed_ports);
  json["Tty"] = false;
  json["OpenStdin"] = false;
  json["StdinOnce"] = false;
  json["Env"] = or_null(config.environment);
  json["Cmd"] = or_null(config.command);
  if (config.healthcheck) json["Healthcheck"] = healthcheck_json(*config.healthcheck);
  if (config.args_escaped) json["ArgsEscaped"] = true;
  json["Image"] = "";
  json["Volumes"] = config.volumes.empty() ? OrderedJson(nullptr) : set_json(config.volumes);
  json["WorkingDir"] = config.working_directory;
  json["Entrypoint"] = or_null(config.entrypoint);
  json["OnBuild"] = or_null(config.on_build);
  json["Labels"] = or_null(config.labels);
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (config.stop_timeout_seconds) json["StopTimeout"] = *config.stop_timeout_seconds;
  if (!config.shell.empty()) json["Shell"] = config.shell;
  return dump_json(json);
}

}  // namespace estiba
