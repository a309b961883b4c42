#include "build/stage_graph.h"

#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace estiba::build {
namespace {

std::vector<std::string> images_copied_from(const dockerfile::Stage& stage) {
  std::vector<std::string> names;
  for (const dockerfile::Instruction& instruction : stage.instructions) {
    if (const auto* copy = std::get_if<dockerfile::Copy>(&instruction.body)) {
      if (!copy->from.empty()) names.push_back(copy->from);
    } else if (const auto* run = std::get_if<dockerfile::Run>(&instruction.body)) {
      for (const dockerfile::Mount& mount : run->mounts) {
        if (!mount.from.empty()) names.push_back(mount.from);
      }
    }
  }
  return names;
}

class Reachability {
 public:
  Reachability(const dockerfile::Dockerfile& dockerfile, const dockerfile::Lookup& arguments,
               const NamedContexts& contexts)
      : stages_(dockerfile.stages),
        arguments_(arguments),
        contexts_(contexts),
        escape_(dockerfile.directives.escape) {
    needed_.resize(stages_.size());
  }

  // Stages only refer to earlier ones, so this ends.
  void visit(std::size_t index) {
    if (needed_[index]) return;
    needed_[index] = true;
    const dockerfile::Stage& stage = stages_[index];
    if (find_context(contexts_, stage.from.name)) return;  // it stands for the stage
    const dockerfile::ExpandOptions options{.escape = escape_};
    const auto from = dockerfile::expand_from(stage.from, stage.source, arguments_, options);
    follow(from.image, index);
    for (const std::string& name : images_copied_from(stage)) follow(name, index);
  }

  std::vector<std::size_t> take() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < needed_.size(); ++i) {
      if (needed_[i]) order.push_back(i);
    }
    return order;
  }

 private:
  void follow(const std::string& name, std::size_t before) {
    if (const auto stage = find_stage(stages_, name, before)) visit(*stage);
  }

  const std::vector<dockerfile::Stage>& stages_;
  const dockerfile::Lookup& arguments_;
  const NamedContexts& contexts_;
  char escape_;
  std::vector<bool> needed_;
};

}  // namespace

std::optional<std::size_t> find_stage(const std::vector<dockerfile::Stage>& stages,
                                      std::string_view name, std::size_t before) {
  const std::string wanted = to_lower(name);
  for (std::size_t i = before; i-- > 0;) {
    if (!stages[i].from.name.empty() && stages[i].from.name == wanted) return i;
  }
  return stage_number(name, before);
}

std::optional<std::size_t> stage_number(std::string_view name, std::size_t before) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  if (is_number && number < before) return number;
  return std::nullopt;
}

std::vector<std::size_t> needed_stages(const dockerfile::Dockerfile& dockerfile,
                                       const std::string& target,
                                       const dockerfile::Lookup& arguments,
                                       const NamedContexts& contexts) {
  std::size_t last = dockerfile.stages.size() - 1;
  if (!target.empty()) {
    const auto found = find_stage(dockerfile.stages, target, dockerfile.stages.size());
    if (!found) {
      std::vector<std::string> names;
      for (const dockerfile::Stage& stage : dockerfile.stages) names.push_back(stage.from.name);
      const std::string near = nearest_word(target, names);
      throw Error(ErrorCode::kNotFound, "target stage \"" + target + "\" could not be found",
                  near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    last = *found;
  }
  Reachability reachability(dockerfile, arguments, contexts);
  reachability.visit(last);
  return reachability.take();
}

}  // namespace estiba::build
