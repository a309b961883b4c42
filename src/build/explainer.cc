#include "build/explainer.h"

#include <fmt/format.h>

namespace estiba::build {
namespace {

std::string journal_directory(const StepContext& context) {
  const std::string name =
      context.options.context_identity + "\n" + context.options.dockerfile_name;
  return context.environment.store.root() + "/context-cache/" + Digest::of(name).hex() + ".steps";
}

}  // namespace

Explainer::Explainer(const StepContext& context, const Plan& plan)
    : context_(context), plan_(plan), journal_(journal_directory(context)) {}

// At the end: a line that was inserted moves those below it, which still look for what they were.
Explainer::~Explainer() {
  for (const auto& [step, entry] : told_) journal_.note(step, entry);
}

void Explainer::remember(const Vertex& vertex, JournalEntry entry) {
  const std::lock_guard lock(mutex_);
  told_.emplace_back(vertex.step, std::move(entry));
}

std::string Explainer::below(const Vertex& vertex) const {
  const Vertex& input = plan_.vertices[vertex.inputs.front()];
  const bool is_base = std::holds_alternative<SourceOperation>(input.operation);
  return (is_base ? "the base (" : "the result of the step before (") + input.step.text + ")";
}

std::vector<std::string> Explainer::reasons(const Vertex& vertex, const JournalEntry& entry,
                                            StepFate fate) const {
  if (fate == StepFate::kCached) return {"cached: nothing that it depends on changed"};
  if (fate == StepFate::kCacheDisabled) return {"runs: --no-cache was given"};
  if (fate == StepFate::kStageExcluded) {
    return {"runs: --no-cache-filter names the stage " + vertex.step.stage};
  }
  const auto before = journal_.find(vertex.step);
  if (!before) return {"runs: it was not built here before"};
  std::vector<std::string> sentences;
  if (before->text != entry.text) {
    sentences.push_back(fmt::format("runs: the instruction changed from \"{}\"", before->text));
  }
  for (const std::string& change : describe_changes(*before, entry, below(vertex))) {
    sentences.push_back("runs: " + change);
  }
  if (sentences.empty()) sentences.emplace_back("runs: what it made is no longer in the cache");
  return sentences;
}

void Explainer::step(const Vertex& vertex, const Digest& key, const KeyFields& fields,
                     StepFate fate) {
  if (vertex.step.number == 0) return;
  const JournalEntry entry{key, vertex.step.text, fields};
  if (context_.options.explain) {
    context_.observer.step_explained(vertex.step, reasons(vertex, entry, fate));
  }
  if (!fields.empty()) remember(vertex, entry);
}

void Explainer::base(const Vertex& vertex, const std::string& image_id) {
  const JournalEntry entry{Digest::of(image_id), vertex.step.text, {{"image", image_id}}};
  if (context_.options.explain) {
    const auto before = journal_.find(vertex.step);
    std::string sentence = "the base is " + image_id;
    if (before && before->key != entry.key && !before->fields.empty()) {
      sentence =
          fmt::format("the base changed from {} to {}", before->fields.front().second, image_id);
    }
    context_.observer.step_explained(vertex.step, {sentence});
  }
  remember(vertex, entry);
}

}  // namespace estiba::build
