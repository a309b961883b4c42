// A container's life from an image to its exit code.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "run/container_spec.h"
#include "run/process_config.h"
#include "run/runtime.h"
#include "run/volumes.h"

namespace estiba::store {
class SnapshotMounter;
class Store;
struct Image;
}  // namespace estiba::store

namespace estiba::run {

// Borrowed for the length of a call.
struct RunEnvironment {
  store::Store& store;
  store::SnapshotMounter& mounter;
  const OciRuntime& runtime;
};

struct RunOptions {
  std::string image_name;  // as the user wrote it, for the record
  std::string name;        // empty: the container has none
  RunOverrides process;    // hostname is filled in
  std::vector<VolumeRequest> volumes;
  NetworkMode network = NetworkMode::kHost;
  std::string hostname;      // empty: the host's with the host's network, else from the id
  bool interactive = false;  // -i: standard input stays connected
  bool terminal = false;     // -t
  bool remove = false;       // --rm
  bool read_only_root = false;
  ResourceLimits limits;
  std::vector<std::string> added_capabilities;
  std::vector<std::string> dropped_capabilities;
  bool privileged = false;
};

// Runs a container of `image` with our standard streams and returns its exit code (128 + signal
// when it was killed). `signal_fd` is signals.h's. The container's record (container_record.h) and
// upper stay below <store>/containers/<id> unless `remove`. Throws as OciRuntime::run does; then
// the record tells the exit code that the error stands for.
int run_foreground(const RunEnvironment& environment, const store::Image& image,
                   const RunOptions& options, int signal_fd, std::stop_token stop);

}  // namespace estiba::run
