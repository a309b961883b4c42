#include "cli/config_changes.h"

#include "build/config_change.h"
#include "dockerfile/expand.h"
#include "dockerfile/parser.h"

namespace estiba::cli {

ContainerConfig with_changes(ContainerConfig config, const std::vector<std::string>& changes) {
  build::StageConfig stage;
  stage.config = std::move(config);
  for (const std::string& change : changes) {
    const auto environment = [&stage](std::string_view name) {
      return stage.config.environment_value(name);
    };
    apply_to_config(dockerfile::expand(dockerfile::parse_change(change), environment), stage);
  }
  return stage.config;
}

}  // namespace estiba::cli
