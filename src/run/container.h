// A container's life from an image to its exit code.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "run/container_spec.h"
#include "run/run_options.h"
#include "run/runtime.h"

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

// Runs a container of `image` with our standard streams and returns its exit code (128 + signal
// when it was killed). `signal_fd` is signals.h's. The container's record (container_record.h) and
// upper stay below <store>/containers/<id> unless `remove`. Throws as OciRuntime::run does; then
// the record tells the exit code that the error stands for.
int run_foreground(const RunEnvironment& environment, const store::Image& image,
                   const RunOptions& options, int signal_fd, std::stop_token stop);

}  // namespace estiba::run
