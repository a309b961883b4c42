// RUN: a command in a container on top of the image so far; what it changed is the layer.
#pragma once

#include "build/steps/step.h"

namespace estiba::build {

class RunStep final : public StepExecutor {
 public:
  RunStep(const StepContext& context, const Vertex& vertex, const RunOperation& operation,
          std::vector<const StepResult*> inputs)
      : context_(context),
        vertex_(vertex),
        operation_(operation),
        inputs_(std::move(inputs)),
        base_(*inputs_.front()) {}
  [[nodiscard]] std::optional<Digest> quick_key() override;
  [[nodiscard]] Digest key() override;
  [[nodiscard]] std::optional<Digest> execute() override;

 private:
  void add_operation(KeyHasher& key) const;
  [[nodiscard]] std::string files_of(const RunMount& mount) const;
  void run_command(const std::string& root, const std::string& state_directory);
  [[nodiscard]] Digest seal(const std::string& upper);
  [[noreturn]] void fail(int exit_code, const std::string& reason) const;

  const StepContext& context_;
  const Vertex& vertex_;
  const RunOperation& operation_;
  std::vector<const StepResult*> inputs_;
  const StepResult& base_;
};

}  // namespace estiba::build
