// The flags that say what a container is to be: those that run and create share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/limit_flags.h"
#include "run/run_options.h"

namespace estiba::cli {

class ContainerFlags {
 public:
  void declare(CommandLine& line);
  // Parses all values into `options`; warnings about what this host cannot do go to standard error.
  void apply(run::RunOptions& options) const;

 private:
  void declare_process(CommandLine& line);
  void declare_files(CommandLine& line);
  void declare_names(CommandLine& line);
  void declare_rights(CommandLine& line);
  void declare_limits(CommandLine& line);
  void apply_process(run::RunOptions& options) const;
  void apply_files(run::RunOptions& options) const;
  void apply_rights(run::HostConfig& host) const;

  std::vector<std::string> environment_;
  std::vector<std::string> environment_files_;
  std::optional<std::string> working_directory_;
  std::optional<std::string> user_;
  std::vector<std::string> groups_;
  std::vector<std::string> labels_;
  std::vector<std::string> label_files_;
  std::optional<std::string> entrypoint_;

  std::vector<std::string> volumes_;
  std::vector<std::string> mounts_;
  std::vector<std::string> volumes_from_;
  std::vector<std::string> tmpfs_;
  std::vector<std::string> devices_;
  bool read_only_ = false;
  std::string shm_size_;

  std::string hostname_;
  std::string domain_name_;
  std::vector<std::string> hosts_;
  std::vector<std::string> dns_;
  std::vector<std::string> dns_search_;
  std::vector<std::string> dns_options_;

  std::vector<std::string> added_capabilities_;
  std::vector<std::string> dropped_capabilities_;
  std::vector<std::string> security_;
  std::vector<std::string> annotations_;
  std::string gpus_;
  bool privileged_ = false;
  std::vector<std::string> sysctls_;
  std::string ipc_;
  std::string pid_;
  std::string uts_;
  std::string userns_;
  std::string cgroupns_;
  std::string oom_score_adj_;

  std::vector<std::string> ulimits_;
  LimitFlags limits_;
};

// The lines of --env-file and its like: blank ones and comments are left out.
[[nodiscard]] std::vector<std::string> option_file_lines(const std::string& path);

}  // namespace estiba::cli
