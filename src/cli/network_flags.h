// The flags that say how a new container is reached: its networks, addresses and ports.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "run/run_options.h"

namespace estiba::cli {

class NetworkFlags {
 public:
  void declare(CommandLine& line);
  // Throws kInvalidArgument for a value that is wrong, and for options that contradict each other.
  void apply(run::RunOptions& options) const;

 private:
  void apply_networks(run::RunOptions& options) const;
  void apply_ports(run::RunOptions& options) const;

  std::vector<std::string> networks_;
  std::vector<std::string> aliases_;
  std::string address_;
  std::string address6_;
  std::string hardware_address_;
  std::vector<std::string> ports_;
  bool publish_all_ = false;
  std::vector<std::string> exposed_;
  std::vector<std::string> links_;
};

// The addresses that a place in a network is asked for with.
void check_endpoint(const run::NetworkEndpoint& endpoint);

}  // namespace estiba::cli
