// Carries out a plan: independent branches at the same time.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "build/cache/remote_caches.h"
#include "build/explainer.h"
#include "build/steps/step.h"
#include "store/build_cache.h"
#include "store/lease.h"

namespace estiba::build {

// Takes every result that is remembered under the step's key, carries out the others, and records
// each step's image. The first failure stops the steps that run beside it and names its file and
// line.
class Solver {
 public:
  Solver(const StepContext& context, const Plan& plan, store::Lease& lease);

  // The target's result. Once.
  [[nodiscard]] StepResult solve();

 private:
  struct Remembered;
  void solve_vertex(const Vertex& vertex, StepResult& result);
  StepResult solve_step(const Vertex& vertex, bool& cached);
  void offer_shell(const Vertex& vertex, const StepResult& base, const Error& error);
  StepResult resolve_source(const Vertex& vertex, const SourceOperation& source);
  Remembered find_or_execute(const Vertex& vertex, StepExecutor& executor);
  std::optional<store::CacheRecord> find(const Digest& key);
  // kCached when it may be used, else why not.
  [[nodiscard]] StepFate cache_use(const Vertex& vertex) const;
  // Of this machine, or brought from another.
  std::optional<store::CacheRecord> find_anywhere(const Digest& key);
  void note(const Vertex& vertex, const std::optional<Digest>& quick,
            const std::optional<Digest>& key, const store::CacheRecord& record);
  [[nodiscard]] std::vector<CachedStep> steps_made(bool all) const;
  void export_caches();
  StepResult record(const Vertex& vertex, const StepResult& base, const Remembered& remembered);

  std::stop_token caller_stop_;
  std::stop_source failed_;  // also stopped when the caller asks for it
  StepContext context_;
  const Plan& plan_;
  store::Lease& lease_;
  Explainer explainer_;
  RemoteCaches remote_;
  std::mutex mutex_;
  std::map<std::size_t, CachedStep> made_;  // by vertex; for --cache-to
  std::vector<StepResult> results_;  // each written by its vertex, before those that need it run
};

}  // namespace estiba::build
