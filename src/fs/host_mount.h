// Mounts of the host as they are, with those who share them.
//
// Our own mount namespace is cut off from the host's, so that nothing of ours shows there. What is
// mounted on the host later, or by a container for the host to see, has to come from the host's
// namespace: a copy of the mount that was taken there keeps its peers.
#pragma once

#include <sys/types.h>

#include <string>

#include "fs/mount.h"

namespace estiba::fs {

enum class Propagation {
  kPrivate,
  kSlave,   // what the host mounts below shows
  kShared,  // and the other way round
};

struct HostMount {
  std::string source = {};  // as the host sees it
  std::string target = {};  // exists, of the same kind
  Propagation propagation = Propagation::kPrivate;
};

// Throws kInvalidArgument, in docker's words, where the mount that holds the source has no peers to
// propagate with. In a user namespace, which cannot enter the host's, it is a plain bind.
[[nodiscard]] Mount mount_of_host(const HostMount& mount);

// What a process has mounted at `source`, a path that is looked up in its own mount namespace.
[[nodiscard]] Mount mount_of_process(pid_t process, const std::string& source,
                                     const std::string& target);

}  // namespace estiba::fs
