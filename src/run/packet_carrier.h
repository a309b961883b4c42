// A process that connects a network namespace with the host's network through ordinary sockets.
#pragma once

#include <string>
#include <vector>

#include "base/process.h"
#include "run/port_mapping.h"

namespace estiba::run {

class PacketCarrier {
 public:
  // Returns once the namespace has its interface and the host's ports lead to it. The process dies
  // with the thread that called. Throws kUnsupported when neither pasta nor slirp4netns is
  // installed, or when they cannot, and says what is missing.
  [[nodiscard]] static PacketCarrier start(const std::string& network_namespace,
                                           const std::vector<PortMapping>& ports);
  // pasta, else slirp4netns; empty when there is neither.
  [[nodiscard]] static std::string program();

  // The resolver that it offers, where it has one of its own.
  [[nodiscard]] const std::string& name_server() const { return name_server_; }

 private:
  PacketCarrier(ChildProcess process, std::string name_server)
      : process_(std::move(process)), name_server_(std::move(name_server)) {}

  ChildProcess process_;
  std::string name_server_;
};

}  // namespace estiba::run
