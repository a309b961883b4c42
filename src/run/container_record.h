// What is known of a container between commands: <store>/containers/<id>/container.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"

namespace estiba::run {

enum class ContainerState { kCreated, kRunning, kExited };

struct ContainerRecord {
  std::string id;
  std::string name;
  Digest image;
  std::string image_name;
  std::vector<std::string> command;
  std::vector<std::string> anonymous_volumes;
  Timestamp created;
  std::optional<Timestamp> started;
  std::optional<Timestamp> finished;
  ContainerState state = ContainerState::kCreated;
  std::optional<int> exit_code;
  std::string error;  // why it could not be started

  // Throws kDataLoss for what is not a record.
  [[nodiscard]] static ContainerRecord parse(std::string_view json);
  [[nodiscard]] std::string serialize() const;
};

// Atomic: a reader sees the old or the new record. The directory must exist.
void write_record(const std::string& container_directory, const ContainerRecord& record);
[[nodiscard]] ContainerRecord read_record(const std::string& container_directory);

}  // namespace estiba::run
