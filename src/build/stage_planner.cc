#include "build/stage_planner.h"

#include "base/error.h"
#include "base/text.h"
#include "build/copy_plan.h"
#include "build/named_context.h"
#include "build/stage_graph.h"
#include "run/process_config.h"

namespace estiba::build {
namespace {

std::string at(const dockerfile::SourceText& source) {
  return source.location.file + ":" + std::to_string(source.location.first_line) + ": " +
         source.original;
}

}  // namespace

StagePlanner::StagePlanner(const PlanContext& context, std::size_t stage_index,
                           std::string stage_name)
    : context_(context), stage_index_(stage_index), stage_name_(std::move(stage_name)) {}

dockerfile::Lookup StagePlanner::environment() const {
  return [this](std::string_view name) -> std::optional<std::string> {
    const auto found = arguments_.find(name);
    return found != arguments_.end() ? found->second : stage_.config.environment_value(name);
  };
}

dockerfile::Instruction StagePlanner::expand(const dockerfile::Instruction& instruction) const {
  dockerfile::ExpandOptions options{.escape = context_.dockerfile.directives.escape};
  options.given_argument = [this](std::string_view name) { return context_.given.use(name); };
  options.global_argument = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = context_.global.find(name);
    if (found == context_.global.end()) return std::nullopt;
    return found->second;
  };
  return dockerfile::expand(instruction, environment(), options);
}

Vertex StagePlanner::new_vertex(const dockerfile::SourceText& source) const {
  Vertex vertex;
  vertex.step.stage = stage_name_;
  vertex.step.text = source.original;
  vertex.source = source;
  vertex.inputs = {last_};
  vertex.created_by = source.original;
  return vertex;
}

std::size_t StagePlanner::add_vertex(Vertex vertex) {
  vertex.config = stage_.config;
  vertex.author = stage_.author;
  context_.plan.vertices.push_back(std::move(vertex));
  return context_.plan.vertices.size() - 1;
}

void StagePlanner::plan_from(const dockerfile::Stage& stage) {
  const dockerfile::Lookup lookup = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = context_.global.find(name);
    if (found == context_.global.end()) return std::nullopt;
    return found->second;
  };
  const dockerfile::ExpandOptions options{.escape = context_.dockerfile.directives.escape};
  const auto from = dockerfile::expand_from(stage.from, stage.source, lookup, options);
  Vertex vertex = new_vertex(stage.source);
  vertex.inputs.clear();
  vertex.created_by.clear();
  SourceOperation source;
  const bool replaced = find_context(context_.options.named_contexts, from.name).has_value();
  const auto base = find_stage(context_.dockerfile.stages, from.image, stage_index_);
  if (base && !replaced) {
    const std::size_t result = context_.stage_results.at(*base);
    arguments_ = context_.stage_arguments.at(*base);
    vertex.inputs = {result};
    stage_.config = context_.plan.vertices[result].config;
    stage_.author = context_.plan.vertices[result].author;
  } else if (replaced || from.image != "scratch") {
    const std::string& name = replaced ? from.name : from.image;
    Base base_image = with_place([&] { return at(stage.source); },
                                 [&] { return find_base(name, from.platform); });
    source = base_image.source;
    stage_.config = std::move(base_image.config);
    stage_.author = std::move(base_image.author);
  } else {
    stage_.config.working_directory = "/";
  }
  // As BuildKit has it: every image says where its programs are.
  if (!stage_.config.environment_value("PATH")) {
    stage_.config.set_environment("PATH", run::kDefaultPath);
  }
  vertex.operation = source;
  std::vector<std::string> triggers = std::move(stage_.config.on_build);
  stage_.config.on_build.clear();
  last_ = add_vertex(std::move(vertex));
  if (!replaced) plan_triggers(std::move(triggers), stage.source);
}

// What is neither a stage nor an image may be a stage misspelt.
StagePlanner::Base StagePlanner::find_base(const std::string& name, const std::string& platform) {
  const auto& built = context_.options.built_contexts;
  if (const auto found = built.find(context_key(name)); found != built.end()) {
    const Plan& plan = *context_.earlier.at(found->second);
    const Vertex& result = plan.vertices.at(plan.target);
    return {{.build = found->second}, result.config, result.author};
  }
  try {
    const store::Image image = context_.images.find(name, platform, context_.lease);
    return {{.image_id = image.id}, image.config.config, image.config.author};
  } catch (Error& error) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < stage_index_; ++i) {
      names.push_back(context_.dockerfile.stages[i].from.name);
    }
    const std::string near = nearest_word(to_lower(name), names);
    if (!near.empty()) error.set_hint("did you mean the stage \"" + near + "\"?");
    throw;
  }
}

void StagePlanner::plan_triggers(std::vector<std::string> triggers,
                                 const dockerfile::SourceText& from) {
  for (const std::string& trigger : triggers) {
    with_place([&] { return at(from) + ": its ONBUILD trigger \"" + trigger + "\""; },
               [&] {
                 dockerfile::Instruction instruction =
                     dockerfile::parse_instruction(trigger, {.file_name = from.location.file});
                 instruction.source.location = from.location;
                 plan_instruction(instruction);
               });
  }
}

void StagePlanner::plan_instruction(const dockerfile::Instruction& instruction) {
  const dockerfile::Instruction expanded = expand(instruction);
  if (const auto* run = std::get_if<dockerfile::Run>(&expanded.body)) {
    plan_run(expanded, *run);
  } else if (const auto* copy = std::get_if<dockerfile::Copy>(&expanded.body)) {
    plan_copy(expanded, *copy);
  } else if (const auto* add = std::get_if<dockerfile::Add>(&expanded.body)) {
    plan_add(expanded, *add);
  } else if (std::holds_alternative<dockerfile::Arg>(expanded.body)) {
    plan_argument(expanded);
  } else if (std::holds_alternative<dockerfile::Workdir>(expanded.body)) {
    plan_work_directory(expanded);
  } else {
    plan_config(expanded);
  }
}

void StagePlanner::plan_argument(const dockerfile::Instruction& instruction) {
  for (const auto& declared : std::get<dockerfile::Arg>(instruction.body).declarations) {
    if (declared.value) arguments_[declared.name] = *declared.value;
  }
  plan_config(instruction);
}

// A number is always that of a stage, and the name of this stage or a later one no image.
void StagePlanner::refuse_later_stage(const std::string& name) const {
  const std::vector<dockerfile::Stage>& stages = context_.dockerfile.stages;
  const bool is_number = name.find_first_not_of("0123456789") == std::string::npos;
  if (is_number && !stage_number(name, stages.size())) {
    throw Error(
        ErrorCode::kInvalidArgument, "invalid stage index " + name,
        "the file has " + std::to_string(stages.size()) + " stages, and the first has number 0");
  }
  const auto stage = find_stage(stages, name, stages.size());
  if (!stage) return;
  const bool own = *stage == stage_index_;
  throw Error(ErrorCode::kInvalidArgument,
              "cannot copy from stage \"" + name +
                  "\", it needs to be defined before current stage \"" + stage_name_ + "\"",
              own ? "a stage has its own files already" : "move the stage up, above this one");
}

std::size_t StagePlanner::source_vertex(const std::string& name,
                                        const dockerfile::SourceText& source) {
  if (const auto stage = find_stage(context_.dockerfile.stages, name, stage_index_)) {
    const auto planned = context_.stage_results.find(*stage);
    if (planned != context_.stage_results.end()) return planned->second;
  }
  Vertex vertex;
  vertex.step.stage = stage_name_;
  vertex.source = source;
  SourceOperation operation;
  if (to_lower(name) != "scratch") {
    with_place([&] { return at(source); },
               [&] {
                 refuse_later_stage(name);
                 operation = find_base(name, "").source;
               });
  }
  vertex.operation = operation;
  context_.plan.vertices.push_back(std::move(vertex));
  return context_.plan.vertices.size() - 1;
}

void StagePlanner::plan_copy(const dockerfile::Instruction& instruction,
                             const dockerfile::Copy& copy) {
  CopyOperation operation = with_place([&] { return at(instruction.source); },
                                       [&] { return copy_operation(copy, stage_.config); });
  Vertex vertex = new_vertex(instruction.source);
  if (!copy.from.empty()) {
    vertex.inputs.push_back(source_vertex(copy.from, instruction.source));
  }
  vertex.operation = std::move(operation);
  last_ = add_vertex(std::move(vertex));
}

void StagePlanner::plan_add(const dockerfile::Instruction& instruction,
                            const dockerfile::Add& add) {
  Vertex vertex = new_vertex(instruction.source);
  vertex.operation = with_place([&] { return at(instruction.source); },
                                [&] { return add_operation(add, stage_.config); });
  last_ = add_vertex(std::move(vertex));
}

void StagePlanner::plan_work_directory(const dockerfile::Instruction& instruction) {
  apply_to_config(instruction, stage_);
  Vertex vertex = new_vertex(instruction.source);
  vertex.operation = MakeDirectoryOperation{stage_.config.working_directory, stage_.config.user};
  last_ = add_vertex(std::move(vertex));
}

void StagePlanner::plan_config(const dockerfile::Instruction& instruction) {
  // Of an ARG and an ENV of one name the later one counts.
  if (const auto* env = std::get_if<dockerfile::Env>(&instruction.body)) {
    for (const auto& variable : env->variables) arguments_.erase(variable.key);
  }
  apply_to_config(instruction, stage_);
  Vertex vertex = new_vertex(instruction.source);
  vertex.operation = ConfigOperation{};
  last_ = add_vertex(std::move(vertex));
}

void StagePlanner::plan_labels(const std::vector<std::pair<std::string, std::string>>& labels) {
  if (labels.empty()) return;
  dockerfile::Instruction instruction;
  dockerfile::Label label;
  std::string text = "LABEL";
  for (const auto& [key, value] : labels) {
    label.labels.push_back({key, value, false});
    text += " " + key + "=" + value;
  }
  instruction.source.original = text;
  instruction.source.keyword = "LABEL";
  instruction.source.location.file = context_.options.dockerfile_name;
  instruction.body = std::move(label);
  plan_config(instruction);
}

}  // namespace estiba::build
