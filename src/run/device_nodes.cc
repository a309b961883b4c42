#include "run/device_nodes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"

namespace estiba::run {
namespace {

// A container has its own of these; nodes in /dev/block and /dev/char are links to others.
constexpr std::array<std::string_view, 12> kOwnOfContainer = {
    "console", "fd",     "full", "mqueue", "null",    "ptmx",
    "pts",     "random", "shm",  "tty",    "urandom", "zero"};
constexpr int kMaxDepth = 4;  // /dev/bus/usb/001/002

std::optional<DeviceNode> node_at(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {};
  if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) return {};
  return DeviceNode{.host_path = path,
                    .path = path,
                    .is_block = S_ISBLK(status.st_mode),
                    .major = major(status.st_rdev),
                    .minor = minor(status.st_rdev),
                    .mode = status.st_mode & 0777u,
                    .uid = status.st_uid,
                    .gid = status.st_gid};
}

bool is_link(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

void add_nodes_below(const std::string& directory, int depth, std::vector<DeviceNode>& nodes) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || depth > kMaxDepth) return;
  for (const std::string& name : fs::list_directory(fd.get())) {
    const std::string path = fmt::format("{}/{}", directory, name);
    if (is_link(path)) continue;
    if (depth == 1 && std::ranges::find(kOwnOfContainer, name) != kOwnOfContainer.end()) continue;
    if (auto node = node_at(path)) {
      nodes.push_back(std::move(*node));
    } else {
      add_nodes_below(path, depth + 1, nodes);
    }
  }
}

void add_mapping(const DeviceMapping& mapping, std::vector<DeviceNode>& nodes) {
  if (!path_exists(mapping.source)) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("error gathering device information while adding custom device "
                            "\"{}\": no such file or directory",
                            mapping.source));
  }
  std::vector<DeviceNode> found;
  if (auto node = node_at(mapping.source)) {
    found.push_back(std::move(*node));
  } else {
    add_nodes_below(mapping.source, 2, found);
  }
  if (found.empty()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is not a device", mapping.source));
  }
  for (DeviceNode& node : found) {
    node.path.replace(0, mapping.source.size(), mapping.destination);
    node.access = mapping.access;
    nodes.push_back(std::move(node));
  }
}

}  // namespace

std::vector<DeviceNode> device_nodes(const HostConfig& host) {
  std::vector<DeviceNode> nodes;
  if (host.privileged) add_nodes_below("/dev", 1, nodes);
  for (const DeviceMapping& mapping : host.devices) {
    std::vector<DeviceNode> mapped;
    add_mapping(mapping, mapped);
    for (DeviceNode& node : mapped) {
      std::erase_if(nodes, [&](const DeviceNode& other) { return other.path == node.path; });
      nodes.push_back(std::move(node));
    }
  }
  return nodes;
}

}  // namespace estiba::run
