#include "build/solver.h"

#include <chrono>

#include "base/error.h"
#include "store/build_cache.h"
#include "store/image_store.h"

namespace estiba::build {

struct Solver::Remembered {
  store::CacheRecord record;
  bool cached = false;
};

StepResult Solver::solve() {
  results_.reserve(plan_.vertices.size());
  for (const Vertex& vertex : plan_.vertices) {
    if (context_.stop.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
    results_.push_back(solve_vertex(vertex));
  }
  return results_.at(plan_.target);
}

StepResult Solver::solve_vertex(const Vertex& vertex) {
  const bool visible = vertex.step.number > 0;
  const auto start = std::chrono::steady_clock::now();
  if (visible) context_.observer.step_started(vertex.step);
  StepResult result;
  bool cached = false;
  if (const auto* source = std::get_if<SourceOperation>(&vertex.operation)) {
    result = resolve_source(vertex, *source);
  } else {
    try {
      std::vector<const StepResult*> inputs;
      for (const std::size_t input : vertex.inputs) inputs.push_back(&results_.at(input));
      const auto executor = make_executor(context_, vertex, inputs);
      const Remembered remembered = find_or_execute(vertex, *executor);
      cached = remembered.cached;
      result = record(vertex, *inputs.front(), remembered);
    } catch (Error& error) {
      context_.observer.step_failed(vertex.step);
      error.add_place(place_of(vertex));
      throw;
    }
  }
  if (visible) {
    context_.observer.step_finished(vertex.step, result.image_id, cached,
                                    std::chrono::steady_clock::now() - start);
  }
  return result;
}

StepResult Solver::resolve_source(const Vertex& vertex, const SourceOperation& source) {
  if (!vertex.inputs.empty()) return results_.at(vertex.inputs.front());  // FROM a stage
  StepResult result;
  if (source.image_id) {
    result.image_id = source.image_id;
    result.image = context_.environment.store.images().get(*source.image_id).config;
  } else {
    result.image.platform = plan_.platform;
  }
  return result;
}

Solver::Remembered Solver::find_or_execute(const Vertex& vertex, StepExecutor& executor) {
  store::BuildCache& cache = context_.environment.store.build_cache();
  const bool use_cache = context_.options.use_cache;
  auto find = [&](const Digest& key) -> std::optional<store::CacheRecord> {
    auto record = cache.find(key);
    if (!record || !record->layer) return record;
    // Leased first, then looked for again: a prune in between would have taken it.
    lease_.keep_layer(*record->layer);
    return cache.find(key);
  };
  const std::optional<Digest> quick = executor.quick_key();
  if (use_cache && quick) {
    if (auto record = find(*quick)) return {*record, true};
  }
  const Digest key = executor.key();
  if (use_cache) {
    if (auto record = find(key)) {
      if (quick) cache.put(*quick, *record, vertex.step.text);
      return {*record, true};
    }
  }
  const store::CacheRecord made{executor.execute(), context_.now};
  if (made.layer) lease_.keep_layer(*made.layer);
  cache.put(key, made, vertex.step.text);
  if (quick) cache.put(*quick, made, vertex.step.text);
  return {made, false};
}

StepResult Solver::record(const Vertex& vertex, const StepResult& base,
                          const Remembered& remembered) {
  StepResult result;
  result.image = base.image;
  result.image.config = vertex.config;
  result.image.author = vertex.author;
  result.image.platform = base.image_id ? base.image.platform : plan_.platform;
  result.image.created = remembered.record.created;
  if (remembered.record.layer) result.image.diff_ids.push_back(*remembered.record.layer);
  HistoryEntry entry;
  entry.created = remembered.record.created;
  entry.created_by = vertex.created_by;
  entry.author = vertex.author;
  entry.empty_layer = !remembered.record.layer;
  result.image.history.push_back(std::move(entry));
  store::NewImage image{result.image.serialize(), base.image_id};
  result.image_id = context_.environment.store.images().add_intermediate(image);
  return result;
}

}  // namespace estiba::build
