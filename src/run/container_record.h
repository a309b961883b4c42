// What is known of a container between commands, below <store>/containers/<id>/:
//
//   container.json   what it is: written when it is made, changed by `update`
//   state.json       how it is: written by whoever runs it (its keeper)
//   lock             held by its keeper as long as that lives
//   paused, stop-requested   marks that other commands set
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"
#include "run/process_config.h"
#include "run/run_options.h"

namespace estiba::run {

struct ContainerRecord {
  std::string id;
  Digest image;
  RunOptions options;  // anonymous volumes have their names here, the image's among them
  EffectiveProcess process;
  std::string hostname;
  std::map<std::string, std::string> labels;  // the image's and its own
  Timestamp created;

  // Throws kDataLoss for what is not a record.
  [[nodiscard]] static ContainerRecord parse(std::string_view json);
  [[nodiscard]] std::string serialize() const;
};

enum class ContainerStatus { kCreated, kRunning, kRestarting, kExited };

struct HealthResult {
  Timestamp start;
  Timestamp end;
  int exit_code = 0;
  std::string output;
};

struct HealthState {
  std::string status;  // "starting", "healthy", "unhealthy"
  int failing_streak = 0;
  std::vector<HealthResult> log;  // the last few
};

struct ContainerState {
  ContainerStatus status = ContainerStatus::kCreated;
  bool paused = false;
  int keeper_pid = 0;   // who runs it
  int runtime_pid = 0;  // leads the pid and mount namespaces in which the runtime knows it
  int pid = 0;          // its first process
  std::optional<Timestamp> started;
  std::optional<Timestamp> finished;
  int exit_code = 0;
  std::string error;  // why it could not be started
  int restart_count = 0;
  std::optional<HealthState> health;

  // docker's word: created, running, paused, restarting, exited.
  [[nodiscard]] std::string_view name() const;
};

// Atomic: a reader sees the old or the new one. The directory must exist. Nothing is synced: what
// is lost with the power describes a container that was lost with it.
void write_record(const std::string& container_directory, const ContainerRecord& record);
[[nodiscard]] ContainerRecord read_record(const std::string& container_directory);
void write_state(const std::string& container_directory, const ContainerState& state);
[[nodiscard]] ContainerState read_state(const std::string& container_directory);

}  // namespace estiba::run
