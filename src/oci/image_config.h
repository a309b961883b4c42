// The image configuration (OCI image specification, config.md; Docker image specification v1.2 for
// OnBuild, Healthcheck and Shell).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace estiba {

inline constexpr std::size_t kMaxImageConfigBytes = 8u << 20;

struct Healthcheck {
  std::vector<std::string> test{};  // {"NONE"}, {"CMD", ...}, {"CMD-SHELL", line}; empty: inherited
  std::chrono::nanoseconds interval{0};
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds start_period{0};
  std::chrono::nanoseconds start_interval{0};
  int retries = 0;
  friend bool operator==(const Healthcheck&, const Healthcheck&) = default;
};

// What a container of the image runs with: the "config" object.
struct ContainerConfig {
  std::string user{};
  std::set<std::string> exposed_ports{};   // "80/tcp"
  std::vector<std::string> environment{};  // "K=V", in order, keys unique
  std::optional<std::vector<std::string>> entrypoint{};
  std::optional<std::vector<std::string>> command{};
  std::set<std::string> volumes{};
  std::string working_directory{};
  std::map<std::string, std::string> labels{};
  std::string stop_signal{};
  std::optional<int> stop_timeout_seconds{};
  std::vector<std::string> shell{};     // empty: {"/bin/sh", "-c"}
  std::vector<std::string> on_build{};  // trigger instructions
  std::optional<Healthcheck> healthcheck{};
  bool args_escaped = false;

  // The value of an environment variable, if set.
  [[nodiscard]] std::optional<std::string> environment_value(std::string_view key) const;
  // Replaces in place or appends.
  void set_environment(std::string_view key, std::string_view value);
};

struct HistoryEntry {
  std::optional<Timestamp> created{};
  std::string created_by{};
  std::string author{};
  std::string comment{};
  bool empty_layer = false;
};

struct ImageConfig {
  std::optional<Timestamp> created{};
  std::string author{};
  Platform platform{};
  ContainerConfig config{};
  std::vector<Digest> diff_ids{};  // rootfs, lowest first
  std::vector<HistoryEntry> history{};
  // What a builder may know of the steps (a document of its own); nobody else reads it.
  std::string build_cache{};
  static constexpr const char* kBuildCacheField = "estiba.buildcache.v1";

  // Throws kInvalidArgument naming the field. Unknown fields are ignored, and so is build_cache;
  // "config": null is empty.
  static ImageConfig parse(std::string_view bytes);
  // The OCI form, deterministic, with docker's extension fields where set.
  [[nodiscard]] std::string serialize() const;
};

// The JSON that `docker inspect` shows as "Config" of an image (Go field names, nulls included).
[[nodiscard]] std::string serialize_docker_config(const ContainerConfig& config);

}  // namespace estiba
