// ENV, LABEL, CMD and their like: nothing to do but to remember when they were done.
#pragma once

#include "build/steps/step.h"

namespace estiba::build {

class ConfigStep final : public StepExecutor {
 public:
  ConfigStep(const Vertex& vertex, const StepResult& base) : vertex_(vertex), base_(base) {}
  [[nodiscard]] Digest key() override;
  [[nodiscard]] std::optional<Digest> execute() override { return std::nullopt; }

 private:
  const Vertex& vertex_;
  const StepResult& base_;
};

}  // namespace estiba::build
