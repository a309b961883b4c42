// WORKDIR: makes its directory when the image does not have it.
#pragma once

#include "build/steps/step.h"

namespace estiba::build {

class DirectoryStep final : public StepExecutor {
 public:
  DirectoryStep(const StepContext& context, const MakeDirectoryOperation& operation,
                const StepResult& base)
      : context_(context), operation_(operation), base_(base) {}
  [[nodiscard]] Digest key() override;
  [[nodiscard]] std::optional<Digest> execute() override;

 private:
  const StepContext& context_;
  const MakeDirectoryOperation& operation_;
  const StepResult& base_;
};

}  // namespace estiba::build
