// Carries out the vertices of one plan, in whatever order and on whatever threads its graph is run.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "build/cache/remote_caches.h"
#include "build/explainer.h"
#include "build/solve_group.h"
#include "build/steps/step.h"
#include "store/build_cache.h"
#include "store/lease.h"

namespace estiba::build {

// Takes every result that is remembered under the step's key, carries out the others, and records
// each step's image. What a cache elsewhere has is believed without being fetched until a step that
// runs, or whoever wants the result, needs the files.
class Solver {
 public:
  // The solvers of builds that come before this one in the graph, by their numbers.
  using Earlier = std::function<Solver&(std::size_t)>;
  Solver(const StepContext& context, const Plan& plan, store::Lease& lease, SolveGroup& group,
         Earlier earlier);

  // Once for each, after its inputs. Names file and line of a step that fails.
  void solve_vertex(std::size_t number);
  // After all vertices: the target's result, with its own cache in its config where that is wanted.
  [[nodiscard]] StepResult finish();
  // What the steps made, for a cache elsewhere; their layers are here afterwards. After finish().
  [[nodiscard]] std::vector<CachedStep> steps_made(bool all);

 private:
  struct Remembered;
  StepResult solve_step(std::size_t number, bool& cached);
  void offer_shell(const Vertex& vertex, const StepResult& base, const Error& error);
  StepResult resolve_source(std::size_t number, const SourceOperation& source);
  Remembered find_or_execute(std::size_t number, StepExecutor& executor);
  // Makes the files of a result, and those below it, present, and records its image.
  void bring_here(std::size_t number);
  void bring_inputs(const Vertex& vertex, std::size_t first);
  [[nodiscard]] bool is_elsewhere(std::size_t number);
  void mark_elsewhere(std::size_t number);
  std::optional<store::CacheRecord> find(const Digest& key);
  // kCached when it may be used, else why not.
  [[nodiscard]] StepFate cache_use(const Vertex& vertex) const;
  [[nodiscard]] Remembered find_anywhere(const Digest& key);
  void note(const Vertex& vertex, const std::optional<Digest>& quick,
            const std::optional<Digest>& key, const store::CacheRecord& record);
  StepResult record(std::size_t number, const StepResult& base, const Remembered& remembered);

  StepContext context_;
  const Plan& plan_;
  store::Lease& lease_;
  SolveGroup& group_;
  Earlier earlier_;
  Explainer explainer_;
  RemoteCaches remote_;
  std::vector<StepResult> results_;  // each written by its vertex, before those that need it run
  std::mutex mutex_;                 // of all below
  std::map<std::size_t, CachedStep> made_;  // by vertex; for --cache-to
  std::set<std::size_t> elsewhere_;         // whose layer, or one below it, is not here yet
};

}  // namespace estiba::build
