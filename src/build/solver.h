// Carries out a plan.
#pragma once

#include <vector>

#include "build/steps/step.h"
#include "store/lease.h"

namespace estiba::build {

// Takes every result that is remembered under the step's key, carries out the others, and records
// each step's image. Returns the target's. A failure names the step's file and line.
class Solver {
 public:
  Solver(const StepContext& context, const Plan& plan, store::Lease& lease)
      : context_(context), plan_(plan), lease_(lease) {}

  [[nodiscard]] StepResult solve();

 private:
  struct Remembered;
  StepResult solve_vertex(const Vertex& vertex);
  StepResult resolve_source(const Vertex& vertex, const SourceOperation& source);
  Remembered find_or_execute(const Vertex& vertex, StepExecutor& executor);
  StepResult record(const Vertex& vertex, const StepResult& base, const Remembered& remembered);

  const StepContext& context_;
  const Plan& plan_;
  store::Lease& lease_;
  std::vector<StepResult> results_;
};

}  // namespace estiba::build
