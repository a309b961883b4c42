// `build --graph FILE`: the steps of a build as a picture, with what each took and what was cached.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/build_display.h"

namespace estiba::cli {

enum class StepState { kWaiting, kCached, kCarriedOut, kFailed };

struct GraphStep {
  build::Step step;
  StepState state = StepState::kWaiting;
  std::chrono::nanoseconds elapsed{0};
};

// Steps in the order of their numbers; each needs only earlier ones.
struct BuildGraph {
  std::vector<GraphStep> steps;
};

// "7 steps, 3 cached, 2.1s": the times of all steps together.
[[nodiscard]] std::string graph_summary(const BuildGraph& graph);

[[nodiscard]] std::string graph_as_dot(const BuildGraph& graph);
[[nodiscard]] std::string graph_as_svg(const BuildGraph& graph);

// By the end of the file's name, ".svg" or ".dot". Throws kInvalidArgument for others.
using GraphWriter = std::string (*)(const BuildGraph& graph);
[[nodiscard]] GraphWriter graph_writer(const std::string& file);

// Shows the build as `display` does and remembers its steps; writes the picture when it ends, also
// when it failed. Thread-safe as displays are.
[[nodiscard]] std::unique_ptr<BuildDisplay> with_graph(std::unique_ptr<BuildDisplay> display,
                                                       const std::string& file);

}  // namespace estiba::cli
