// The flags that limit what a container may use: when it is made, and afterwards by `update`.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "run/host_config.h"

namespace estiba::cli {

class LimitFlags {
 public:
  void declare(CommandLine& line);
  // Those that `update` cannot change.
  void declare_fixed(CommandLine& line);
  // Puts those that were given into `limits`; warnings about what this host cannot do go to
  // standard error. Throws kInvalidArgument for values that are wrong or do not fit each other.
  void apply(run::ResourceLimits& limits) const;
  // Whether any was given.
  [[nodiscard]] bool any() const;

 private:
  void apply_memory(run::ResourceLimits& limits) const;
  void apply_processors(run::ResourceLimits& limits) const;

  std::string memory_;
  std::string memory_swap_;
  std::string memory_reservation_;
  std::string memory_swappiness_;
  bool oom_kill_disable_ = false;
  std::string cpus_;
  std::string cpu_shares_;
  std::string cpu_period_;
  std::string cpu_quota_;
  std::string cpuset_;
  std::string cpuset_mems_;
  std::string pids_limit_;
  std::string blkio_weight_;
};

}  // namespace estiba::cli
