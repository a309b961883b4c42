// What a person asks for when a container is made: all of it is kept in its record, so that a later
// start gives the same container.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "oci/image_config.h"
#include "run/container_spec.h"
#include "run/port_mapping.h"
#include "run/process_config.h"
#include "run/volumes.h"

namespace estiba::run {

enum class RestartCondition { kNever, kOnFailure, kAlways, kUnlessStopped };

struct RestartPolicy {
  RestartCondition condition = RestartCondition::kNever;
  int maximum_retries = 0;  // of kOnFailure; 0: no limit
};

// "no", "always", "unless-stopped", "on-failure[:N]"; throws kInvalidArgument.
[[nodiscard]] RestartPolicy parse_restart_policy(std::string_view text);
// docker's name of the condition.
[[nodiscard]] std::string_view name_of(RestartCondition condition);

// Where the output of a container with a supervisor goes.
struct LogOptions {
  bool kept = true;  // --log-driver none turns it off
  std::uint64_t maximum_file_bytes = 64u << 20;
  int maximum_files = 2;  // the one being written and older ones
};

// A place in one network of the store.
struct NetworkEndpoint {
  std::string network{};
  std::vector<std::string> aliases{};  // further names in a network that knows names
  std::string address{};               // empty: a free one
  std::string address6{};              // empty: the same number as the other
  std::string hardware_address{};      // "02:42:ac:11:00:02"; empty: made of the address
  int gateway_priority = 0;            // the highest leads outside; of several the first
};

struct RunOptions {
  std::string image_name;  // as the user wrote it, for the record
  std::string name;        // empty: a random one
  RunOverrides process;    // hostname is filled in
  std::vector<VolumeRequest> volumes;
  std::vector<std::string> volumes_from;  // containers, with ":ro" or ":rw": theirs are among them
  std::string network =
      "bridge";  // docker's mode: host, none, container:NAME, or its first network
  std::vector<NetworkEndpoint> endpoints = {{.network = "bridge"}};  // none with the first three
  std::vector<PortMapping> ports;
  bool publish_all = false;             // the ports that are exposed too
  std::set<std::string> exposed_ports;  // "80/tcp"; in a record also those of the image
  std::string hostname;      // empty: the host's with the host's network, else from the id
  bool interactive = false;  // -i: standard input stays connected
  bool terminal = false;     // -t
  bool remove = false;       // --rm
  bool input_ends_with_client = false;  // the input ends when the first client's does: run -i
  bool init = false;  // a small init process as the first one, which reaps and passes signals on
  HostConfig host;
  std::map<std::string, std::string> labels;  // beside those of the image
  std::optional<std::string> stop_signal;     // else the image's, else SIGTERM
  std::optional<int> stop_timeout_seconds;    // else the image's, else 10
  RestartPolicy restart;
  LogOptions log;
  bool no_healthcheck = false;
  Healthcheck health;  // fields that are set replace the image's

  // Whether it has interfaces of its own: in the networks of `endpoints`, which may be none.
  [[nodiscard]] bool joins_networks() const;

  // The form that a container's record keeps; parse() throws kDataLoss for what is not one.
  [[nodiscard]] std::string serialize() const;
  [[nodiscard]] static RunOptions parse(std::string_view json);
};

}  // namespace estiba::run
