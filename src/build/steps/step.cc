#include "build/steps/step.h"

#include "build/steps/config_step.h"
#include "build/steps/copy_step.h"
#include "build/steps/directory_step.h"
#include "build/steps/run_step.h"

namespace estiba::build {
namespace {

class ExecutorMaker {
 public:
  ExecutorMaker(const StepContext& context, const Vertex& vertex,
                std::vector<const StepResult*> inputs)
      : context_(context), vertex_(vertex), inputs_(std::move(inputs)) {}

  using Result = std::unique_ptr<StepExecutor>;
  Result operator()(const SourceOperation&) { return nullptr; }
  Result operator()(const ConfigOperation&) {
    return std::make_unique<ConfigStep>(vertex_, *inputs_.front());
  }
  Result operator()(const RunOperation& run) {
    return std::make_unique<RunStep>(context_, vertex_, run, inputs_);
  }
  Result operator()(const MakeDirectoryOperation& make) {
    return std::make_unique<DirectoryStep>(context_, make, *inputs_.front());
  }
  Result operator()(const CopyOperation& copy) {
    const StepResult* from = inputs_.size() > 1 ? inputs_[1] : nullptr;
    return std::make_unique<CopyStep>(context_, vertex_, copy, *inputs_.front(), from);
  }

 private:
  const StepContext& context_;
  const Vertex& vertex_;
  std::vector<const StepResult*> inputs_;
};

}  // namespace

std::unique_ptr<StepExecutor> make_executor(const StepContext& context, const Vertex& vertex,
                                            std::vector<const StepResult*> inputs) {
  return std::visit(ExecutorMaker(context, vertex, std::move(inputs)), vertex.operation);
}

void add_epoch(const StepContext& context, KeyHasher& key) {
  const auto& epoch = context.options.source_date_epoch;
  if (epoch) key.add("epoch", std::to_string(unix_seconds(*epoch)));
}

std::string stack_name(const std::vector<Digest>& diff_ids) {
  return diff_ids.empty() ? "scratch" : chain_id(diff_ids).to_string();
}

std::string place_of(const Vertex& vertex) {
  const dockerfile::Location& location = vertex.source.location;
  return location.file + ":" + std::to_string(location.first_line) + ": " + vertex.source.original;
}

}  // namespace estiba::build
