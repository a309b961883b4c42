// WORKDIR: makes its directory when the image does not have it.
#pragma once

#include "build/copy/layer_composer.h"
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
  [[nodiscard]] Owner owner(const fs::RootDir& root) const;

  const StepContext& context_;
  const MakeDirectoryOperation& operation_;
  const StepResult& base_;
};

}  // namespace estiba::build
