#include "run/container_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "run/json_values.h"
#include "run/limits.h"
#include "run/replace_file.h"

namespace estiba::run {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(EffectiveProcess, arguments, environment,
                                                working_directory, user)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HealthResult, start, end, exit_code, output)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HealthState, status, failing_streak, log)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ContainerState, status, keeper_pid, runtime_pid,
                                                pid, started, finished, exit_code, error,
                                                restart_count, health)

namespace {

using Json = nlohmann::json;

std::string dump(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

ContainerRecord ContainerRecord::parse(std::string_view json) {
  try {
    const Json document = Json::parse(json);
    ContainerRecord record{
        .id = document.at("id"),
        .image = Digest::parse(document.at("image").get<std::string>()),
        .options = RunOptions::parse(document.at("options").dump()),
        .process = document.at("process").get<EffectiveProcess>(),
        .hostname = document.at("hostname"),
        .labels = document.at("labels"),
        .created = document.at("created").get<Timestamp>(),
    };
    return record;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("a container's record is damaged: {}", error.what()));
  }
}

std::string ContainerRecord::serialize() const {
  const Json document = {{"id", id},
                         {"image", image.to_string()},
                         {"options", Json::parse(options.serialize())},
                         {"process", process},
                         {"hostname", hostname},
                         {"labels", labels},
                         {"created", created}};
  return dump(document);
}

std::string_view ContainerState::name() const {
  switch (status) {
    case ContainerStatus::kCreated:
      return "created";
    case ContainerStatus::kRunning:
      return paused ? "paused" : "running";
    case ContainerStatus::kRestarting:
      return "restarting";
    case ContainerStatus::kExited:
      return "exited";
  }
  return "";
}

void write_record(const std::string& container_directory, const ContainerRecord& record) {
  replace_file(container_directory + "/container.json", record.serialize(), container_directory);
}

ContainerRecord read_record(const std::string& container_directory) {
  return with_context([&] { return "reading the container in " + container_directory; },
                      [&] {
                        return ContainerRecord::parse(
                            read_file(container_directory + "/container.json", kMaxRecordBytes));
                      });
}

void write_state(const std::string& container_directory, const ContainerState& state) {
  replace_file(container_directory + "/state.json", dump(state), container_directory);
}

ContainerState read_state(const std::string& container_directory) {
  const std::string path = container_directory + "/state.json";
  if (!path_exists(path)) return {};
  try {
    ContainerState state = Json::parse(read_file(path, kMaxRecordBytes)).get<ContainerState>();
    state.paused = path_exists(container_directory + "/paused");
    return state;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kDataLoss, fmt::format("{} is damaged: {}", path, error.what()));
  }
}

}  // namespace estiba::run
