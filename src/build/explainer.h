// Tells why each step was carried out or not, and remembers what it was made of.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "build/plan.h"
#include "build/step_journal.h"
#include "build/steps/step.h"

namespace estiba::build {

enum class StepFate {
  kCached,
  kNotFound,       // nothing is remembered under its key
  kCacheDisabled,  // --no-cache
  kStageExcluded,  // --no-cache-filter
};

// Thread-safe. Borrows both.
class Explainer {
 public:
  Explainer(const StepContext& context, const Plan& plan);
  // Remembers the steps that it was told of, for the next build.
  ~Explainer();

  // A base image, known by its ID.
  void base(const Vertex& vertex, const std::string& image_id);
  // `key` and `fields` as the step's executor has them; empty fields: it was found without looking
  // that closely.
  void step(const Vertex& vertex, const Digest& key, const KeyFields& fields, StepFate fate);

 private:
  [[nodiscard]] std::vector<std::string> reasons(const Vertex& vertex, const JournalEntry& entry,
                                                 StepFate fate) const;
  void remember(const Vertex& vertex, JournalEntry entry);
  [[nodiscard]] std::string below(const Vertex& vertex) const;

  const StepContext& context_;
  const Plan& plan_;
  StepJournal journal_;
  std::mutex mutex_;
  std::vector<std::pair<Step, JournalEntry>> told_;
};

}  // namespace estiba::build
