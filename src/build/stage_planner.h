// Plans the instructions of one stage.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "build/arguments.h"
#include "build/base_image.h"
#include "build/build.h"
#include "build/config_change.h"
#include "build/plan.h"
#include "dockerfile/expand.h"
#include "dockerfile/parser.h"
#include "store/lease.h"

namespace estiba::build {

// What the stages of one plan share; all borrowed.
struct PlanContext {
  const dockerfile::Dockerfile& dockerfile;
  const BuildOptions& options;
  BaseImages& images;
  store::Lease& lease;
  const std::vector<const Plan*>& earlier;  // of the builds before this one in the graph
  GivenArguments& given;
  const ArgumentMap& global;  // ARGs before FROM
  Plan& plan;
  const std::map<std::size_t, std::size_t>& stage_results;  // earlier stages' last vertices
  // What was declared in earlier stages: a stage that stands on one has it, too.
  const std::map<std::size_t, ArgumentMap>& stage_arguments;
};

class StagePlanner {
 public:
  StagePlanner(const PlanContext& context, std::size_t stage_index, std::string stage_name);

  void plan_from(const dockerfile::Stage& stage);
  void plan_instruction(const dockerfile::Instruction& instruction);
  void plan_labels(const std::vector<std::pair<std::string, std::string>>& labels);
  [[nodiscard]] std::size_t last_vertex() const { return last_; }
  [[nodiscard]] const ArgumentMap& arguments() const { return arguments_; }

 private:
  [[nodiscard]] dockerfile::Lookup environment() const;
  [[nodiscard]] dockerfile::Instruction expand(const dockerfile::Instruction& instruction) const;
  std::size_t add_vertex(Vertex vertex);
  [[nodiscard]] Vertex new_vertex(const dockerfile::SourceText& source) const;
  void plan_triggers(std::vector<std::string> triggers, const dockerfile::SourceText& from);

  void plan_argument(const dockerfile::Instruction& instruction);
  void plan_run(const dockerfile::Instruction& instruction, const dockerfile::Run& run);
  void check_run(const dockerfile::Run& run) const;
  std::string plan_run_environment(RunOperation& operation);
  RunMount plan_mount(const dockerfile::Mount& mount, Vertex& vertex);
  std::size_t context_files_vertex(const dockerfile::Mount& mount,
                                   const dockerfile::SourceText& source);
  void plan_copy(const dockerfile::Instruction& instruction, const dockerfile::Copy& copy);
  void plan_add(const dockerfile::Instruction& instruction, const dockerfile::Add& add);
  void plan_work_directory(const dockerfile::Instruction& instruction);
  void plan_config(const dockerfile::Instruction& instruction);
  void refuse_later_stage(const std::string& name) const;
  // What stands outside of the file: an image, or what an earlier build makes.
  struct Base {
    SourceOperation source;
    ContainerConfig config{};
    std::string author{};
  };
  [[nodiscard]] Base find_base(const std::string& name, const std::string& platform);
  // The vertex whose files `name` (stage or image) means.
  [[nodiscard]] std::size_t source_vertex(const std::string& name,
                                          const dockerfile::SourceText& source);

  PlanContext context_;
  std::size_t stage_index_;
  std::string stage_name_;
  StageConfig stage_;
  ArgumentMap arguments_;  // declared, set, and not covered by a later ENV
  std::size_t last_ = 0;
};

}  // namespace estiba::build
