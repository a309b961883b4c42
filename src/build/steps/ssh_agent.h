// The SSH agent of a RUN --mount=type=ssh: a socket of the step's own, in front of the user's agent
// or of one that is started for the given keys.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/process.h"

namespace estiba::build {

struct SocketOwner {
  unsigned mode = 0600;
  uid_t user_id = 0;
  gid_t group_id = 0;
};

// Listens until it is destroyed; connections end with it. A user of the container can be given the
// socket without the user's own agent socket changing hands.
class SshAgentSocket {
 public:
  // `paths`: one socket of an agent, or files with private keys, for which an ssh-agent runs as
  // long as this lives. The socket is made in `directory`.
  SshAgentSocket(const std::vector<std::string>& paths, const std::string& directory,
                 const SocketOwner& owner);
  ~SshAgentSocket();
  SshAgentSocket(const SshAgentSocket&) = delete;
  SshAgentSocket& operator=(const SshAgentSocket&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void start_agent(const std::vector<std::string>& keys, const std::string& directory);
  // The same file by a path that is short enough for a socket's address, in this process.
  [[nodiscard]] std::string short_path(const std::string& name) const;
  void listen(const SocketOwner& owner);
  void serve();

  std::string name_;
  std::string path_;
  std::string agent_path_;
  UniqueFd directory_;
  std::optional<ChildProcess> agent_;
  UniqueFd listener_;
  UniqueFd wake_;  // an eventfd
  std::thread server_;
};

}  // namespace estiba::build
