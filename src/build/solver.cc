#include "build/solver.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "build/cache/cache_export.h"
#include "build/steps/failure_shell.h"
#include "store/build_cache.h"
#include "store/image_store.h"

namespace estiba::build {

struct Solver::Remembered {
  std::optional<store::CacheRecord> record{};
  bool cached = false;
  bool elsewhere = false;       // its layer has to be fetched
  std::optional<Digest> key{};  // unless a quicker one was enough
};

Solver::Solver(const StepContext& context, const Plan& plan, store::Lease& lease, SolveGroup& group,
               Earlier earlier)
    : context_(context),
      plan_(plan),
      lease_(lease),
      group_(group),
      earlier_(std::move(earlier)),
      explainer_(context_, plan),
      remote_(context_),
      results_(plan.vertices.size()) {
  context_.stop = group_.failed.get_token();
  context_.stop_others = [this] { return group_.failed.request_stop(); };
}

StepResult Solver::finish() {
  StepResult& result = results_.at(plan_.target);
  if (context_.options.wants_image) bring_here(plan_.target);
  for (const CacheExport& wanted : context_.options.cache_to) {
    if (wanted.to) continue;
    result.image.build_cache = inline_cache(steps_made(false), result.image.diff_ids);
    result.image_id = context_.environment.store.images().add_intermediate(
        {result.image.serialize(), result.image_id});
  }
  return result;
}

std::vector<CachedStep> Solver::steps_made(bool all) {
  std::vector<bool> wanted(plan_.vertices.size(), all);
  for (std::size_t i = plan_.target; !wanted[i]; i = plan_.vertices[i].inputs.front()) {
    wanted[i] = true;
    if (plan_.vertices[i].inputs.empty()) break;
  }
  std::vector<CachedStep> steps;
  for (const auto& [number, step] : made_) {
    if (!wanted[number]) continue;
    bring_here(number);
    steps.push_back(step);
  }
  return steps;
}

bool Solver::is_elsewhere(std::size_t number) {
  const std::lock_guard lock(mutex_);
  return elsewhere_.contains(number);
}

void Solver::mark_elsewhere(std::size_t number) {
  const std::lock_guard lock(mutex_);
  elsewhere_.insert(number);
}

// From the bottom up: an image is recorded once all that is below it is here.
void Solver::bring_here(std::size_t number) {
  const Vertex& vertex = plan_.vertices[number];
  if (!is_elsewhere(number)) return;
  const auto* source = std::get_if<SourceOperation>(&vertex.operation);
  if (source != nullptr && source->build) {
    Solver& other = earlier_(*source->build);
    other.bring_here(other.plan_.target);
  } else {
    bring_here(vertex.inputs.front());
  }
  if (source == nullptr) {
    const StepResult& result = results_[number];
    for (const Digest& layer : result.image.diff_ids) remote_.fetch(layer);
    lease_.keep_layers(result.image.diff_ids);
    if (vertex.step.number > 0) {
      static_cast<void>(context_.environment.store.images().add_intermediate(
          {result.image.serialize(), results_[vertex.inputs.front()].image_id}));
    }
  }
  const std::lock_guard lock(mutex_);
  elsewhere_.erase(number);
}

void Solver::bring_inputs(const Vertex& vertex, std::size_t first) {
  for (std::size_t i = first; i < vertex.inputs.size(); ++i) bring_here(vertex.inputs[i]);
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

Solver::Remembered Solver::find_anywhere(const Digest& key) {
  if (auto record = find(key)) return {.record = record, .cached = true};
  auto promised = remote_.find(key);
  if (!promised) return {};
  // What happened to be here already is leased by the second look.
  const bool here = !promised->layer || find(key);
  return {.record = promised, .cached = true, .elsewhere = !here};
}

void Solver::solve_vertex(std::size_t number) {
  const Vertex& vertex = plan_.vertices[number];
  const bool visible = vertex.step.number > 0;
  const auto start = std::chrono::steady_clock::now();
  if (visible) context_.observer.step_started(vertex.step);
  bool cached = false;
  try {
    results_[number] = solve_step(number, cached);
  } catch (const CacheLayerLost&) {
    throw;  // no failure of the step: it is tried again
  } catch (Error& error) {
    // A step that was stopped because another failed did not fail itself.
    if (visible && error.code() != ErrorCode::kCancelled)
      context_.observer.step_failed(vertex.step);
    error.add_place(place_of(vertex));
    throw;
  }
  if (visible) {
    context_.observer.step_finished(vertex.step, results_[number].image_id, cached,
                                    std::chrono::steady_clock::now() - start);
  }
}

StepResult Solver::solve_step(std::size_t number, bool& cached) {
  const Vertex& vertex = plan_.vertices[number];
  if (const auto* source = std::get_if<SourceOperation>(&vertex.operation)) {
    return resolve_source(number, *source);
  }
  std::vector<const StepResult*> inputs;
  for (const std::size_t input : vertex.inputs) inputs.push_back(&results_.at(input));
  const auto executor = make_executor(context_, vertex, inputs);
  const Remembered remembered = [&] {
    try {
      return find_or_execute(number, *executor);
    } catch (const Error& error) {
      offer_shell(vertex, *inputs.front(), error);
      throw;
    }
  }();
  cached = remembered.cached;
  return record(number, *inputs.front(), remembered);
}

// RUN opens its own, in what its command left.
void Solver::offer_shell(const Vertex& vertex, const StepResult& base, const Error& error) {
  const bool is_run = std::holds_alternative<RunOperation>(vertex.operation);
  if (is_run || !context_.options.shell_on_failure || error.code() == ErrorCode::kCancelled) return;
  if (!context_.stop_others()) return;
  bring_here(vertex.inputs.front());
  context_.observer.warning(error.message());
  open_shell_below(context_, vertex, base.image);
}

StepResult Solver::resolve_source(std::size_t number, const SourceOperation& source) {
  const Vertex& vertex = plan_.vertices[number];
  if (!vertex.inputs.empty()) {  // FROM a stage
    if (is_elsewhere(vertex.inputs.front())) mark_elsewhere(number);
    return results_.at(vertex.inputs.front());
  }
  if (source.build) {
    Solver& other = earlier_(*source.build);
    if (other.is_elsewhere(other.plan_.target)) mark_elsewhere(number);
    StepResult result = other.results_.at(other.plan_.target);
    if (result.image_id && vertex.step.number > 0) {
      explainer_.base(vertex, result.image_id->to_string());
    }
    return result;
  }
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

Solver::Remembered Solver::find_or_execute(std::size_t number, StepExecutor& executor) {
  const Vertex& vertex = plan_.vertices[number];
  store::BuildCache& cache = context_.environment.store.build_cache();
  const StepFate use = cache_use(vertex);
  const std::optional<Digest> quick = executor.quick_key();
  if (use == StepFate::kCached && quick) {
    if (Remembered found = find_anywhere(*quick); found.record) {
      explainer_.step(vertex, *quick, {}, StepFate::kCached);
      note(vertex, quick, std::nullopt, *found.record);
      return found;
    }
  }
  bring_inputs(vertex, 1);  // keys are made of the files that a step takes
  const Digest key = executor.key();
  Remembered found;
  if (use == StepFate::kCached) found.record = find(key);
  std::optional<fs::FileLock> lock;
  if (!found.record) {
    lock = cache.lock(key, context_.stop);
    if (use == StepFate::kCached) {
      found = find_anywhere(key);
    } else {
      found.record = group_.find(key);
    }
  }
  if (found.record) {
    found.cached = true;
    found.key = key;
    note(vertex, quick, key, *found.record);
    explainer_.step(vertex, key, executor.fields(), StepFate::kCached);
    if (quick && !found.elsewhere) cache.put(*quick, *found.record, vertex.step.text);
    if (found.record->layer && !found.elsewhere) lease_.keep_layer(*found.record->layer);
    return found;
  }
  explainer_.step(vertex, key, executor.fields(),
                  use == StepFate::kCached ? StepFate::kNotFound : use);
  bring_here(vertex.inputs.front());
  const store::CacheRecord made{executor.execute(), context_.now};
  if (made.layer) lease_.keep_layer(*made.layer);
  cache.put(key, made, vertex.step.text);
  if (quick) cache.put(*quick, made, vertex.step.text);
  group_.note(key, made);
  note(vertex, quick, key, made);
  return {.record = made, .key = key};
}

StepResult Solver::record(std::size_t number, const StepResult& base,
                          const Remembered& remembered) {
  const Vertex& vertex = plan_.vertices[number];
  const std::optional<Digest>& layer = remembered.record->layer;
  StepResult result;
  result.image = base.image;
  result.image.config = vertex.config;
  result.image.author = vertex.author;
  result.image.platform = base.image_id ? base.image.platform : plan_.platform;
  // A remembered step was done at another time than the one that was asked for.
  const Timestamp created = context_.options.source_date_epoch.value_or(remembered.record->created);
  result.image.created = created;
  if (layer) result.image.diff_ids.push_back(*layer);
  const bool elsewhere = remembered.elsewhere || is_elsewhere(vertex.inputs.front());
  if (elsewhere) mark_elsewhere(number);
  if (vertex.step.number == 0) {  // files for another step, no image of its own
    result.content = remembered.key;
    return result;
  }
  HistoryEntry entry;
  entry.created = created;
  entry.created_by = vertex.created_by;
  entry.author = vertex.author;
  entry.empty_layer = !layer;
  result.image.history.push_back(std::move(entry));
  const store::NewImage image{result.image.serialize(), base.image_id};
  result.image_id = elsewhere ? Digest::of(image.config_bytes)
                              : context_.environment.store.images().add_intermediate(image);
  return result;
}

}  // namespace estiba::build
