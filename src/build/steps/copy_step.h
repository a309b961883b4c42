// COPY and ADD: files into the image without making them.
#pragma once

#include <memory>
#include <vector>

#include "build/copy/copy_items.h"
#include "build/steps/step.h"
#include "fs/temp.h"
#include "store/snapshot.h"

namespace estiba::build {

class CopyStep final : public StepExecutor {
 public:
  // `from` is the stage or image copied from; null: the context.
  CopyStep(const StepContext& context, const Vertex& vertex, const CopyOperation& operation,
           const StepResult& base, const StepResult* from);
  ~CopyStep() override;
  [[nodiscard]] std::optional<Digest> quick_key() override;
  [[nodiscard]] Digest key() override;
  [[nodiscard]] std::optional<Digest> execute() override;

 private:
  void add_operation(class KeyHasher& key) const;
  // False when a commit cannot be told without fetching.
  bool add_commits(class KeyHasher& key) const;
  // Mounts, downloads and lists what is copied; done once.
  const CopyItems& items();
  void open_stage(std::vector<CopyPart>& parts);
  void open_inline_files(std::vector<CopyPart>& parts);
  void open_downloads(std::vector<CopyPart>& parts);
  void open_repositories(std::vector<CopyPart>& parts);
  [[nodiscard]] const std::string& scratch_directory();

  const StepContext& context_;
  const Vertex& vertex_;
  const CopyOperation& operation_;
  const StepResult& base_;
  const StepResult* from_;
  std::optional<store::Snapshot> stage_;
  std::optional<fs::TemporaryDirectory> scratch_;
  std::vector<std::unique_ptr<FileTree>> trees_;
  std::optional<CopyItems> items_;
};

}  // namespace estiba::build
