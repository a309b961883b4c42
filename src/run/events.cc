#include "run/events.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "run/containers.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

// Older news go to events.log.1, and are forgotten with the next change.
void rotate_when_large(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return;
  if (static_cast<std::size_t>(status.st_size) < kMaxEventLogBytes) return;
  ::rename(path.c_str(), (path + ".1").c_str());
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
    const auto time = now().time_since_epoch();
    const nlohmann::json event = {
        {"status", action},
        {"id", container.id},
        {"from", container.record.options.image_name},
        {"Type", "container"},
        {"Action", action},
        {"Actor", {{"ID", container.id}, {"Attributes", actor}}},
        {"scope", "local"},
        {"time", std::chrono::duration_cast<std::chrono::seconds>(time).count()},
        {"timeNano", time.count()}};
    const std::string path = events_path(store_root);
    rotate_when_large(path);
    const UniqueFd file = open_file(path, O_WRONLY | O_APPEND | O_CREAT);
    write_all(file.get(),
              event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", path);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace estiba::run
