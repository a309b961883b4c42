// The runtime's view of a container: config.json of the OCI runtime specification.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/cgroups.h"
#include "run/container_spec.h"
#include "run/terminal.h"
#include "run/user.h"

namespace estiba::run {

// Files through which the runtime enters namespaces of others; empty: it makes new ones.
struct NamespaceFiles {
  std::string pid;
  std::string ipc;
  std::string network;
};

// A ContainerSpec with everything looked up that a runtime does not look up itself.
struct ResolvedSpec {
  const ContainerSpec& spec;
  ResolvedUser user;
  std::vector<std::string> environment;
  std::string working_directory;
  std::string hostname;
  std::vector<BindMount> mounts;  // the /etc files, then the caller's
  NamespaceFiles namespace_files;
  CgroupSupport cgroups;
  std::string cgroup_path;
  std::optional<WindowSize> window;
};

// Has docker's defaults: capabilities, seccomp filter, devices, masked and read-only paths, /dev
// and its file systems. Bytes that are not UTF-8 become U+FFFD, as docker has it.
[[nodiscard]] std::string runtime_spec_json(const ResolvedSpec& resolved);

}  // namespace estiba::run
