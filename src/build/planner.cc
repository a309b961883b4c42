#include "build/planner.h"

#include <charconv>
#include <map>
#include <optional>

#include "base/error.h"
#include "build/arguments.h"
#include "build/stage_graph.h"
#include "build/stage_planner.h"

namespace estiba::build {
namespace {

// "STAGE@STEP".
struct TargetName {
  std::string stage;
  std::optional<std::size_t> step;

  static TargetName parse(const std::string& text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string::npos) return {text, std::nullopt};
    std::size_t step = 0;
    const auto [end, error] =
        std::from_chars(text.data() + at + 1, text.data() + text.size(), step);
    if (error != std::errc() || end != text.data() + text.size()) {
      throw Error(ErrorCode::kInvalidArgument, "invalid target \"" + text + "\"",
                  "write STAGE@STEP with the number of an instruction in its stage");
    }
    return {text.substr(0, at), step};
  }
};

class Planner {
 public:
  Planner(const dockerfile::Dockerfile& dockerfile, const BuildOptions& options, BaseImages& images,
          store::Lease& lease, const EarlierPlans& earlier)
      : dockerfile_(dockerfile),
        options_(options),
        images_(images),
        lease_(lease),
        earlier_(earlier),
        given_(options.arguments),
        global_(platform_arguments(Platform::host(), options.platform)) {}

  Plan plan() {
    plan_.platform = options_.platform;
    read_global_arguments();
    const auto lookup = global_lookup();
    const TargetName target = TargetName::parse(options_.target);
    const std::vector<std::size_t> stages =
        needed_stages(dockerfile_, target.stage, lookup, options_.named_contexts);
    for (const std::size_t index : stages) plan_stage(index, index == stages.back());
    plan_.target = plan_.vertices.size() - 1;
    if (target.step) cut_at(*target.step);
    plan_.unused_arguments = given_.unused();
    number_steps();
    return std::move(plan_);
  }

 private:
  dockerfile::Lookup global_lookup() const {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = global_.find(name);
      if (found == global_.end()) return std::nullopt;
      return found->second;
    };
  }

  void read_global_arguments() {
    dockerfile::ExpandOptions expand{.escape = dockerfile_.directives.escape};
    expand.given_argument = [this](std::string_view name) { return given_.use(name); };
    for (const dockerfile::Instruction& instruction : dockerfile_.arguments) {
      const auto expanded = dockerfile::expand(instruction, global_lookup(), expand);
      for (const auto& declared : std::get<dockerfile::Arg>(expanded.body).declarations) {
        if (declared.value) global_[declared.name] = *declared.value;
      }
    }
  }

  void plan_stage(std::size_t index, bool target) {
    const dockerfile::Stage& stage = dockerfile_.stages[index];
    const std::string name = stage.from.name.empty() ? std::to_string(index) : stage.from.name;
    StagePlanner planner({.dockerfile = dockerfile_,
                          .options = options_,
                          .images = images_,
                          .lease = lease_,
                          .earlier = earlier_,
                          .given = given_,
                          .global = global_,
                          .plan = plan_,
                          .stage_results = stage_results_,
                          .stage_arguments = stage_arguments_},
                         index, name);
    planner.plan_from(stage);
    // A context of the stage's name stands for all that it does.
    if (!find_context(options_.named_contexts, stage.from.name)) {
      for (const dockerfile::Instruction& instruction : stage.instructions) {
        planner.plan_instruction(instruction);
      }
    }
    if (target) planner.plan_labels(options_.labels);
    stage_results_[index] = planner.last_vertex();
    stage_arguments_[index] = planner.arguments();
  }

  // Ends the target's stage after so many instructions; what only later ones need goes too.
  void cut_at(std::size_t step) {
    std::vector<std::size_t> chain;  // the target's stage, from its end
    const std::string stage = plan_.vertices.back().step.stage;
    for (std::size_t i = plan_.vertices.size(); i-- > 0;) {
      const Step& candidate = plan_.vertices[i].step;
      if (candidate.stage == stage && !candidate.text.empty()) chain.push_back(i);
    }
    if (step == 0 || step > chain.size()) {
      throw Error(ErrorCode::kNotFound,
                  "target step " + std::to_string(step) + " could not be found",
                  "the stage " + stage + " has " + std::to_string(chain.size()) +
                      " steps; FROM is the first");
    }
    plan_.target = chain[chain.size() - step];
    keep_needed();
  }

  void keep_needed() {
    std::vector<bool> needed(plan_.vertices.size());
    needed[plan_.target] = true;
    for (std::size_t i = plan_.vertices.size(); i-- > 0;) {
      if (!needed[i]) continue;
      for (const std::size_t input : plan_.vertices[i].inputs) needed[input] = true;
    }
    std::vector<Vertex> kept;
    std::vector<std::size_t> places(plan_.vertices.size());
    for (std::size_t i = 0; i < plan_.vertices.size(); ++i) {
      if (!needed[i]) continue;
      places[i] = kept.size();
      kept.push_back(std::move(plan_.vertices[i]));
      for (std::size_t& input : kept.back().inputs) input = places[input];
    }
    plan_.vertices = std::move(kept);
    plan_.target = places[plan_.target];
  }

  void number_steps() {
    std::size_t total = 0;
    std::map<std::string, std::size_t> of_stage;
    for (Vertex& vertex : plan_.vertices) {
      vertex.step.build = options_.name;
      if (vertex.step.text.empty()) continue;
      vertex.step.number = ++total;
      vertex.step.stage_number = ++of_stage[vertex.step.stage];
    }
    for (Vertex& vertex : plan_.vertices) {
      vertex.step.total = total;
      for (const std::size_t input : vertex.inputs) add_need(vertex.step, plan_.vertices[input]);
    }
  }

  // A vertex that is no step of its own hands on what it needs.
  static void add_need(Step& step, const Vertex& input) {
    if (input.step.number > 0) {
      step.needs.push_back(input.step.number);
    } else {
      step.needs.insert(step.needs.end(), input.step.needs.begin(), input.step.needs.end());
    }
  }

  const dockerfile::Dockerfile& dockerfile_;
  const BuildOptions& options_;
  BaseImages& images_;
  store::Lease& lease_;
  const EarlierPlans& earlier_;
  GivenArguments given_;
  ArgumentMap global_;
  Plan plan_;
  std::map<std::size_t, std::size_t> stage_results_;  // stage to its last vertex
  std::map<std::size_t, ArgumentMap> stage_arguments_;
};

}  // namespace

Plan plan_build(const dockerfile::Dockerfile& dockerfile, const BuildOptions& options,
                BaseImages& images, store::Lease& lease, const EarlierPlans& earlier) {
  return Planner(dockerfile, options, images, lease, earlier).plan();
}

}  // namespace estiba::build
