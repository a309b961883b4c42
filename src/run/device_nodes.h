// The device nodes of the host that a container is given.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "run/host_config.h"

namespace estiba::run {

struct DeviceNode {
  std::string host_path;
  std::string path;  // in the container
  std::string access = "rwm";
  bool is_block = false;
  unsigned major = 0;
  unsigned minor = 0;
  unsigned mode = 0;  // permissions only
  uid_t uid = 0;
  gid_t gid = 0;
};

// --device, where a folder stands for all nodes in it; with --privileged all of the host's /dev but
// terminals and shared memory. Throws kNotFound for what the host does not have, kInvalidArgument
// for what is no device.
[[nodiscard]] std::vector<DeviceNode> device_nodes(const HostConfig& host);

}  // namespace estiba::run
