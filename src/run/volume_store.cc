#include "run/volume_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/tree.h"
#include "run/json_values.h"
#include "run/limits.h"
#include "run/volumes.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kChosenNameLength = 64;

bool is_chosen_by_chance(std::string_view name) {
  return name.size() == kChosenNameLength &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> folders_in(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory ? fs::list_directory(directory.get()) : std::vector<std::string>();
}

Timestamp made_at(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return Timestamp(std::chrono::seconds(status.st_ctim.tv_sec) +
                   std::chrono::nanoseconds(status.st_ctim.tv_nsec));
}

void add_mounted(const Json& record, std::set<std::string>& names) {
  const Json options = record.value("options", Json::object());
  for (const Json& request : options.value("volumes", Json::array())) {
    names.insert(request.value("source", ""));
  }
  for (const Json& name : record.value("anonymousVolumes", Json::array())) names.insert(name);
}

}  // namespace

std::string VolumeStore::directory_of(const std::string& name) const {
  return fmt::format("{}/volumes/{}", root_, name);
}

Volume VolumeStore::create(std::string name,
                           const std::map<std::string, std::string>& labels) const {
  if (name.empty()) name = random_hex(kChosenNameLength / 2);
  if (!is_volume_name(name)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" includes invalid characters for a local volume name", name),
                "use two or more letters, digits, \"_\", \".\" and \"-\"");
  }
  const std::string directory = directory_of(name);
  if (!path_exists(directory + "/_data")) {
    make_directories(directory + "/_data");
    const Json json = {{"labels", labels}, {"created", now()}};
    write_file_atomically(directory + "/volume.json", json.dump(), 0600);
  }
  return find(name);
}

Volume VolumeStore::find(const std::string& name) const {
  if (auto volume = try_find(name)) return std::move(*volume);
  throw Error(ErrorCode::kNotFound, fmt::format("no such volume: {}", name));
}

std::optional<Volume> VolumeStore::try_find(const std::string& name) const {
  const std::string directory = is_volume_name(name) ? directory_of(name) : std::string();
  if (directory.empty() || !path_exists(directory + "/_data")) return {};
  Volume volume{.name = name,
                .mount_point = directory + "/_data",
                .created = made_at(directory),
                .anonymous = is_chosen_by_chance(name)};
  const std::string path = directory + "/volume.json";
  if (!path_exists(path)) return volume;
  const Json json = Json::parse(read_file(path, kMaxRecordBytes), nullptr, false);
  if (json.is_discarded()) throw Error(ErrorCode::kDataLoss, path + " is damaged");
  volume.labels = json.at("labels").get<std::map<std::string, std::string>>();
  volume.created = json.at("created").get<Timestamp>();
  return volume;
}

std::vector<Volume> VolumeStore::list() const {
  std::vector<Volume> volumes;
  for (const std::string& name : folders_in(root_ + "/volumes")) {
    if (path_exists(directory_of(name) + "/_data")) volumes.push_back(find(name));
  }
  std::ranges::sort(volumes, {}, &Volume::name);
  return volumes;
}

std::set<std::string> VolumeStore::in_use() const {
  std::set<std::string> names;
  for (const std::string& id : folders_in(root_ + "/containers")) {
    const std::string path = fmt::format("{}/containers/{}/container.json", root_, id);
    if (!path_exists(path)) continue;
    const Json record = Json::parse(read_file(path, kMaxRecordBytes), nullptr, false);
    if (record.is_object()) add_mounted(record, names);
  }
  return names;
}

void VolumeStore::remove(const Volume& volume) const {
  if (in_use().contains(volume.name)) {
    throw Error(ErrorCode::kConflict, fmt::format("remove {}: volume is in use", volume.name),
                "remove the containers that mount it first");
  }
  remove_volume(root_ + "/volumes", volume.name);
}

}  // namespace estiba::run
