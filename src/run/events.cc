#include "run/events.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "run/containers.h"
#include "run/limits.h"
#include "run/network_store.h"

namespace estiba::run {
namespace {

// Older news go to events.log.1, and are forgotten with the next change.
void rotate_when_large(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return;
  if (static_cast<std::size_t>(status.st_size) < kMaxEventLogBytes) return;
  ::rename(path.c_str(), (path + ".1").c_str());
}

nlohmann::json event_of(const std::string& type, const std::string& action, const std::string& id,
                        nlohmann::json attributes) {
  const auto time = now().time_since_epoch();
  return {{"Type", type},
          {"Action", action},
          {"Actor", {{"ID", id}, {"Attributes", std::move(attributes)}}},
          {"scope", "local"},
          {"time", std::chrono::duration_cast<std::chrono::seconds>(time).count()},
          {"timeNano", time.count()}};
}

void append_event(const std::string& store_root, const nlohmann::json& event) {
  const std::string path = events_path(store_root);
  rotate_when_large(path);
  const UniqueFd file = open_file(path, O_WRONLY | O_APPEND | O_CREAT);
  write_all(file.get(), event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
            path);
}

}  // namespace

std::string events_path(const std::string& store_root) {
  return store_root + "/events.log";
}

void record_event(const std::string& store_root, const Container& container,
                  const std::string& action,
                  const std::map<std::string, std::string>& attributes) noexcept {
  try {
    nlohmann::json actor = attributes;
    for (const auto& [key, value] : container.record.labels) actor[key] = value;
    actor["image"] = container.record.options.image_name;
    actor["name"] = container.name;
    nlohmann::json event = event_of("container", action, container.id, std::move(actor));
    event["status"] = action;
    event["id"] = container.id;
    event["from"] = container.record.options.image_name;
    append_event(store_root, event);
  } catch (const std::exception&) {
    return;
  }
}

void record_network_event(const std::string& store_root, const NetworkDefinition& network,
                          const std::string& action, const std::string& container_id) noexcept {
  try {
    nlohmann::json actor = {{"name", network.name}, {"type", "bridge"}};
    if (!container_id.empty()) actor["container"] = container_id;
    append_event(store_root, event_of("network", action, network.id, std::move(actor)));
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace estiba::run
