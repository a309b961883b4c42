// One run of a recorded container: mounts, network, runtime, until its first process has ended.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "run/containers.h"
#include "run/runtime.h"
#include "store/snapshot.h"

namespace estiba::run {

class VolumeSources;

// Borrowed for the length of a call.
struct RunEnvironment {
  store::Store& store;
  store::SnapshotMounter& mounter;
  const OciRuntime& runtime;
};

// The same for a foreground run, a supervised one and every restart. Not thread-safe.
class RecordedRun {
 public:
  RecordedRun(const RunEnvironment& environment, const Container& container)
      : environment_(environment), container_(container) {}

  // Where the bundle will be; made anew by prepare().
  [[nodiscard]] std::string bundle() const { return container_.directory + "/bundle"; }
  void prepare();
  // Throws as OciRuntime::run does.
  ExitStatus run(const ContainerIo& io, std::stop_token stop);

 private:
  [[nodiscard]] ContainerSpec describe(const std::string& root_directory,
                                       VolumeSources& sources) const;
  void give_volumes_away(const ContainerSpec& spec) const;
  // The first process of the container that "container:NAME" names; nothing for other words.
  [[nodiscard]] std::optional<pid_t> process_of(std::string_view shared) const;
  void add_init(ContainerSpec& spec) const;

  const RunEnvironment& environment_;
  const Container& container_;
};

}  // namespace estiba::run
