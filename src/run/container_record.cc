#include "run/container_record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

constexpr std::pair<ContainerState, std::string_view> kStates[] = {
    {ContainerState::kCreated, "created"},
    {ContainerState::kRunning, "running"},
    {ContainerState::kExited, "exited"}};

std::string_view name_of(ContainerState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return name;
  }
  return "created";
}

ContainerState parse_state(std::string_view text) {
  for (const auto& [state, name] : kStates) {
    if (name == text) return state;
  }
  throw Error(ErrorCode::kDataLoss, fmt::format("unknown state \"{}\"", text));
}

std::optional<Timestamp> optional_time(const Json& document, const char* key) {
  if (!document.contains(key)) return {};
  return parse_rfc3339(document.at(key).get<std::string>());
}

std::string record_path(const std::string& directory) {
  return directory + "/container.json";
}

}  // namespace

ContainerRecord ContainerRecord::parse(std::string_view json) {
  try {
    const Json document = Json::parse(json);
    ContainerRecord record{
        .id = document.at("id"),
        .name = document.at("name"),
        .image = Digest::parse(document.at("image").get<std::string>()),
        .image_name = document.at("imageName"),
        .command = document.at("command"),
        .anonymous_volumes = document.at("anonymousVolumes"),
        .created = parse_rfc3339(document.at("created").get<std::string>()),
        .started = optional_time(document, "started"),
        .finished = optional_time(document, "finished"),
        .state = parse_state(document.at("state").get<std::string>()),
        .exit_code = {},
        .error = document.value("error", ""),
    };
    if (document.contains("exitCode")) record.exit_code = document.at("exitCode").get<int>();
    return record;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("a container's record is damaged: {}", error.what()));
  }
}

std::string ContainerRecord::serialize() const {
  Json document = {{"id", id},
                   {"name", name},
                   {"image", image.to_string()},
                   {"imageName", image_name},
                   {"command", command},
                   {"anonymousVolumes", anonymous_volumes},
                   {"created", format_rfc3339(created)},
                   {"state", name_of(state)}};
  if (started) document["started"] = format_rfc3339(*started);
  if (finished) document["finished"] = format_rfc3339(*finished);
  if (exit_code) document["exitCode"] = *exit_code;
  if (!error.empty()) document["error"] = error;
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_record(const std::string& container_directory, const ContainerRecord& record) {
  // Not synced: a record that is lost with the power describes a container that was lost with it.
  const std::string temporary = record_path(container_directory) + "." + random_hex(4);
  const UniqueFd file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  write_all(file.get(), record.serialize(), temporary);
  if (::rename(temporary.c_str(), record_path(container_directory).c_str()) != 0) {
    throw_errno("rename " + temporary);
  }
}

ContainerRecord read_record(const std::string& container_directory) {
  return with_context(
      [&] { return "reading the container in " + container_directory; },
      [&] {
        return ContainerRecord::parse(read_file(record_path(container_directory), kMaxRecordBytes));
      });
}

}  // namespace estiba::run
