// What RUN --mount puts into the step's container, and what else the container gets for the time
// of the step: secrets, agents, a script. Nothing of it is part of the layer.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "build/steps/ssh_agent.h"
#include "build/steps/step.h"
#include "fs/mount.h"
#include "run/container_spec.h"
#include "store/cache_mounts.h"
#include "store/snapshot.h"

namespace estiba::build {

// Mounted and held as long as this lives. Not thread-safe. Borrows all that it is given.
class RunMounts {
 public:
  // `inputs` are the results of the vertex's inputs; `state_directory` is the step's own.
  RunMounts(const StepContext& context, const RunOperation& operation,
            std::vector<const StepResult*> inputs, std::string state_directory);
  ~RunMounts();

  // Prepares everything and names it in `spec`. Throws kNotFound for a required secret or agent
  // that was not given, kCancelled when it had to wait for a cache and a stop was requested.
  void add_to(run::ContainerSpec& spec);
  // Where the container's bundle comes: in memory when its environment holds a secret.
  [[nodiscard]] std::string make_bundle_directory(const std::string& name);

 private:
  void add_bind(const RunMount& mount, run::ContainerSpec& spec);
  void add_cache(const RunMount& mount, run::ContainerSpec& spec);
  void add_secret(const dockerfile::Mount& mount, run::ContainerSpec& spec);
  void add_ssh(const dockerfile::Mount& mount, run::ContainerSpec& spec);
  void add_script(run::ContainerSpec& spec);
  void hold_caches();
  [[nodiscard]] store::CacheMountRequest cache_request(const RunMount& mount);
  // A directory for this step, on disk.
  [[nodiscard]] std::string new_directory();
  [[nodiscard]] const std::string& memory_directory();

  const StepContext& context_;
  const RunOperation& operation_;
  std::vector<const StepResult*> inputs_;
  std::string state_directory_;
  int directories_ = 0;
  int agents_ = 0;
  bool has_secret_variable_ = false;
  fs::Mount memory_;
  std::vector<store::Snapshot> snapshots_;
  std::map<Digest, store::HeldCacheMount> caches_;
  std::vector<std::unique_ptr<SshAgentSocket>> agent_sockets_;
};

// The mount without what is secret or of this machine, for keys and explanations.
[[nodiscard]] std::string describe_mount(const dockerfile::Mount& mount);

}  // namespace estiba::build
