#include "build/external_images.h"

#include <algorithm>

#include "build/arguments.h"
#include "build/stage_graph.h"
#include "dockerfile/expand.h"

namespace estiba::build {
namespace {

class Finder {
 public:
  Finder(const dockerfile::Dockerfile& dockerfile,
         const std::map<std::string, std::optional<std::string>>& arguments)
      : dockerfile_(dockerfile),
        given_(arguments),
        global_(platform_arguments(Platform::host(), Platform::host())) {}

  std::vector<Reference> find() {
    read_global_arguments();
    for (std::size_t i = 0; i < dockerfile_.stages.size(); ++i) {
      const dockerfile::Stage& stage = dockerfile_.stages[i];
      add(dockerfile::expand_from(stage.from, stage.source, lookup(), expand_options()).image, i);
      for (const dockerfile::Instruction& instruction : stage.instructions) add_of(instruction, i);
    }
    return std::move(found_);
  }

 private:
  dockerfile::ExpandOptions expand_options() const {
    return {.escape = dockerfile_.directives.escape};
  }
  dockerfile::Lookup lookup() const {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto known = global_.find(name);
      return known == global_.end() ? std::nullopt : std::optional(known->second);
    };
  }

  void read_global_arguments() {
    dockerfile::ExpandOptions options = expand_options();
    options.given_argument = [this](std::string_view name) { return given_.use(name); };
    for (const dockerfile::Instruction& instruction : dockerfile_.arguments) {
      const auto expanded = dockerfile::expand(instruction, lookup(), options);
      for (const auto& declared : std::get<dockerfile::Arg>(expanded.body).declarations) {
        if (declared.value) global_[declared.name] = *declared.value;
      }
    }
  }

  void add_of(const dockerfile::Instruction& instruction, std::size_t stage) {
    if (const auto* copy = std::get_if<dockerfile::Copy>(&instruction.body)) {
      add(copy->from, stage);
    } else if (const auto* run = std::get_if<dockerfile::Run>(&instruction.body)) {
      for (const dockerfile::Mount& mount : run->mounts) add(mount.from, stage);
    }
  }

  void add(const std::string& name, std::size_t stage) {
    if (name.empty() || name == "scratch" || name.find('$') != std::string::npos) return;
    if (find_stage(dockerfile_.stages, name, stage)) return;
    const Reference reference = Reference::parse(name);
    if (reference.digest()) return;
    const Reference tagged = reference.with_default_tag();
    if (std::find(found_.begin(), found_.end(), tagged) == found_.end()) found_.push_back(tagged);
  }

  const dockerfile::Dockerfile& dockerfile_;
  GivenArguments given_;
  ArgumentMap global_;
  std::vector<Reference> found_;
};

}  // namespace

std::vector<Reference> external_images(
    const dockerfile::Dockerfile& dockerfile,
    const std::map<std::string, std::optional<std::string>>& arguments) {
  return Finder(dockerfile, arguments).find();
}

}  // namespace estiba::build
