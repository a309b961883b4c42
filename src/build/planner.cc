#include "build/planner.h"

#include <map>

#include "base/error.h"
#include "build/arguments.h"
#include "build/stage_graph.h"
#include "build/stage_planner.h"

namespace estiba::build {
namespace {

class Planner {
 public:
  Planner(const dockerfile::Dockerfile& dockerfile, const BuildOptions& options, BaseImages& images,
          store::Lease& lease)
      : dockerfile_(dockerfile),
        options_(options),
        images_(images),
        lease_(lease),
        given_(options.arguments),
        global_(platform_arguments(Platform::host(), options.platform)) {}

  Plan plan() {
    plan_.platform = options_.platform;
    read_global_arguments();
    const auto lookup = global_lookup();
    const std::vector<std::size_t> stages = needed_stages(dockerfile_, options_.target, lookup);
    for (const std::size_t index : stages) plan_stage(index, index == stages.back());
    plan_.target = plan_.vertices.size() - 1;
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
                          .given = given_,
                          .global = global_,
                          .plan = plan_,
                          .stage_results = stage_results_},
                         index, name);
    planner.plan_from(stage);
    for (const dockerfile::Instruction& instruction : stage.instructions) {
      planner.plan_instruction(instruction);
    }
    if (target) planner.plan_labels(options_.labels);
    stage_results_[index] = planner.last_vertex();
  }

  void number_steps() {
    std::size_t total = 0;
    for (Vertex& vertex : plan_.vertices) {
      if (!vertex.step.text.empty()) vertex.step.number = ++total;
    }
    for (Vertex& vertex : plan_.vertices) vertex.step.total = total;
  }

  const dockerfile::Dockerfile& dockerfile_;
  const BuildOptions& options_;
  BaseImages& images_;
  store::Lease& lease_;
  GivenArguments given_;
  ArgumentMap global_;
  Plan plan_;
  std::map<std::size_t, std::size_t> stage_results_;  // stage to its last vertex
};

}  // namespace

Plan plan_build(const dockerfile::Dockerfile& dockerfile, const BuildOptions& options,
                BaseImages& images, store::Lease& lease) {
  return Planner(dockerfile, options, images, lease).plan();
}

}  // namespace estiba::build
