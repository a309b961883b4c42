#include "build/solver.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "build/cache/cache_export.h"
#include "build/graph_run.h"
#include "build/steps/failure_shell.h"
#include "store/build_cache.h"
#include "store/image_store.h"

namespace estiba::build {

struct Solver::Remembered {
  store::CacheRecord record;
  bool cached = false;
  std::optional<Digest> key{};  // unless a quicker one was enough
};

Solver::Solver(const StepContext& context, const Plan& plan, store::Lease& lease)
    : caller_stop_(context.stop),
      context_(context),
      plan_(plan),
      lease_(lease),
      explainer_(context_, plan),
      remote_(context_) {
  context_.stop = failed_.get_token();
  context_.stop_others = [this] { return failed_.request_stop(); };
}

StepResult Solver::solve() {
  const std::stop_callback pass_on(caller_stop_, [this] { failed_.request_stop(); });
  TaskGraph graph{{}, std::max<std::size_t>(1, context_.options.jobs)};
  for (const Vertex& vertex : plan_.vertices) graph.needs.push_back(vertex.inputs);
  results_.resize(plan_.vertices.size());
  run_graph(
      graph, [this](std::size_t number) { solve_vertex(plan_.vertices[number], results_[number]); },
      [this] { failed_.request_stop(); }, caller_stop_);
  export_caches();
  return results_.at(plan_.target);
}

std::vector<CachedStep> Solver::steps_made(bool all) const {
  std::vector<CachedStep> steps;
  std::vector<bool> wanted(plan_.vertices.size(), all);
  for (std::size_t i = plan_.target; !wanted[i]; i = plan_.vertices[i].inputs.front()) {
    wanted[i] = true;
    if (plan_.vertices[i].inputs.empty()) break;
  }
  for (const auto& [number, step] : made_) {
    if (wanted[number]) steps.push_back(step);
  }
  return steps;
}

void Solver::export_caches() {
  for (const CacheExport& wanted : context_.options.cache_to) {
    const std::vector<CachedStep> steps = steps_made(wanted.all_steps);
    if (wanted.to) {
      export_cache(context_, steps, *wanted.to);
      continue;
    }
    StepResult& result = results_.at(plan_.target);
    result.image.build_cache = inline_cache(steps, result.image.diff_ids);
    result.image_id = context_.environment.store.images().add_intermediate(
        {result.image.serialize(), result.image_id});
  }
}

void Solver::note(const Vertex& vertex, const std::optional<Digest>& quick,
                  const std::optional<Digest>& key, const store::CacheRecord& record) {
  if (context_.options.cache_to.empty()) return;
  CachedStep step{.keys = {},
                  .diff_id = record.layer,
                  .layer = {},
                  .created = record.created,
                  .description = vertex.step.text};
  if (quick) step.keys.push_back(*quick);
  if (key) step.keys.push_back(*key);
  const std::lock_guard lock(mutex_);
  made_.emplace(static_cast<std::size_t>(&vertex - plan_.vertices.data()), std::move(step));
}

std::optional<store::CacheRecord> Solver::find_anywhere(const Digest& key) {
  std::optional<store::CacheRecord> record = find(key);
  if (!record && remote_.bring(key)) record = find(key);
  return record;
}

void Solver::solve_vertex(const Vertex& vertex, StepResult& result) {
  const bool visible = vertex.step.number > 0;
  const auto start = std::chrono::steady_clock::now();
  if (visible) context_.observer.step_started(vertex.step);
  bool cached = false;
  try {
    result = solve_step(vertex, cached);
  } catch (Error& error) {
    // A step that was stopped because another failed did not fail itself.
    if (visible && error.code() != ErrorCode::kCancelled)
      context_.observer.step_failed(vertex.step);
    error.add_place(place_of(vertex));
    throw;
  }
  if (visible) {
    context_.observer.step_finished(vertex.step, result.image_id, cached,
                                    std::chrono::steady_clock::now() - start);
  }
}

StepResult Solver::solve_step(const Vertex& vertex, bool& cached) {
  if (const auto* source = std::get_if<SourceOperation>(&vertex.operation)) {
    return resolve_source(vertex, *source);
  }
  std::vector<const StepResult*> inputs;
  for (const std::size_t input : vertex.inputs) inputs.push_back(&results_.at(input));
  const auto executor = make_executor(context_, vertex, inputs);
  const Remembered remembered = [&] {
    try {
      return find_or_execute(vertex, *executor);
    } catch (const Error& error) {
      offer_shell(vertex, *inputs.front(), error);
      throw;
    }
  }();
  cached = remembered.cached;
  return record(vertex, *inputs.front(), remembered);
}

// RUN opens its own, in what its command left.
void Solver::offer_shell(const Vertex& vertex, const StepResult& base, const Error& error) {
  const bool is_run = std::holds_alternative<RunOperation>(vertex.operation);
  if (is_run || !context_.options.shell_on_failure || error.code() == ErrorCode::kCancelled) return;
  if (!context_.stop_others()) return;
  context_.observer.warning(error.message());
  open_shell_below(context_, vertex, base.image);
}

StepResult Solver::resolve_source(const Vertex& vertex, const SourceOperation& source) {
  if (!vertex.inputs.empty()) return results_.at(vertex.inputs.front());  // FROM a stage
  StepResult result;
  if (source.image_id) {
    result.image_id = source.image_id;
    if (vertex.step.number > 0) explainer_.base(vertex, source.image_id->to_string());
    result.image = context_.environment.store.images().get(*source.image_id).config;
  } else {
    result.image.platform = plan_.platform;
  }
  return result;
}

std::optional<store::CacheRecord> Solver::find(const Digest& key) {
  store::BuildCache& cache = context_.environment.store.build_cache();
  auto record = cache.find(key);
  if (!record || !record->layer) return record;
  // Leased first, then looked for again: a prune in between would have taken it.
  lease_.keep_layer(*record->layer);
  return cache.find(key);
}

StepFate Solver::cache_use(const Vertex& vertex) const {
  if (!context_.options.use_cache) return StepFate::kCacheDisabled;
  const std::vector<std::string>& excluded = context_.options.no_cache_stages;
  const bool is_excluded = std::ranges::find(excluded, vertex.step.stage) != excluded.end();
  return is_excluded ? StepFate::kStageExcluded : StepFate::kCached;
}

Solver::Remembered Solver::find_or_execute(const Vertex& vertex, StepExecutor& executor) {
  store::BuildCache& cache = context_.environment.store.build_cache();
  const StepFate use = cache_use(vertex);
  const std::optional<Digest> quick = executor.quick_key();
  if (use == StepFate::kCached && quick) {
    if (auto record = find_anywhere(*quick)) {
      explainer_.step(vertex, *quick, {}, StepFate::kCached);
      note(vertex, quick, std::nullopt, *record);
      return {*record, true};
    }
  }
  const Digest key = executor.key();
  std::optional<fs::FileLock> lock;
  if (use == StepFate::kCached) {
    std::optional<store::CacheRecord> record = find(key);
    if (!record) {
      lock = cache.lock(key, context_.stop);
      record = find_anywhere(key);
    }
    if (record) {
      note(vertex, quick, key, *record);
      explainer_.step(vertex, key, executor.fields(), StepFate::kCached);
      if (quick) cache.put(*quick, *record, vertex.step.text);
      return {*record, true, key};
    }
  }
  explainer_.step(vertex, key, executor.fields(),
                  use == StepFate::kCached ? StepFate::kNotFound : use);
  const store::CacheRecord made{executor.execute(), context_.now};
  if (made.layer) lease_.keep_layer(*made.layer);
  cache.put(key, made, vertex.step.text);
  if (quick) cache.put(*quick, made, vertex.step.text);
  note(vertex, quick, key, made);
  return {made, false, key};
}

StepResult Solver::record(const Vertex& vertex, const StepResult& base,
                          const Remembered& remembered) {
  StepResult result;
  result.image = base.image;
  result.image.config = vertex.config;
  result.image.author = vertex.author;
  result.image.platform = base.image_id ? base.image.platform : plan_.platform;
  // A remembered step was done at another time than the one that was asked for.
  const Timestamp created = context_.options.source_date_epoch.value_or(remembered.record.created);
  result.image.created = created;
  if (remembered.record.layer) result.image.diff_ids.push_back(*remembered.record.layer);
  if (vertex.step.number == 0) {  // files for another step, no image of its own
    result.content = remembered.key;
    return result;
  }
  HistoryEntry entry;
  entry.created = created;
  entry.created_by = vertex.created_by;
  entry.author = vertex.author;
  entry.empty_layer = !remembered.record.layer;
  result.image.history.push_back(std::move(entry));
  store::NewImage image{result.image.serialize(), base.image_id};
  result.image_id = context_.environment.store.images().add_intermediate(image);
  return result;
}

}  // namespace estiba::build
