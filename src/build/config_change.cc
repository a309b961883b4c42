#include "build/config_change.h"

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/located_error.h"
#include "dockerfile/ports.h"
#include "run/signals.h"

namespace estiba::build {
namespace {

// One overload per instruction; what is not named here changes nothing.
class ConfigChange {
 public:
  explicit ConfigChange(StageConfig& stage) : stage_(stage), config_(stage.config) {}

  void operator()(const dockerfile::Cmd& cmd) {
    config_.command = command_arguments(cmd.command, config_);
    stage_.command_set_here = true;
  }
  void operator()(const dockerfile::Entrypoint& entrypoint) {
    config_.entrypoint = command_arguments(entrypoint.command, config_);
    if (!stage_.command_set_here) config_.command.reset();
  }
  void operator()(const dockerfile::Env& env) {
    for (const dockerfile::KeyValue& variable : env.variables) {
      config_.set_environment(variable.key, variable.value);
    }
  }
  void operator()(const dockerfile::Label& label) {
    for (const dockerfile::KeyValue& pair : label.labels) config_.labels[pair.key] = pair.value;
  }
  void operator()(const dockerfile::Maintainer& maintainer) { stage_.author = maintainer.name; }
  void operator()(const dockerfile::Workdir& workdir) {
    config_.working_directory = absolute_path(config_, workdir.path);
  }
  void operator()(const dockerfile::Expose& expose) {
    for (const std::string& port : dockerfile::exposed_ports(expose.ports)) {
      config_.exposed_ports.insert(port);
    }
  }
  void operator()(const dockerfile::Volume& volume) {
    config_.volumes.insert(volume.paths.begin(), volume.paths.end());
  }
  void operator()(const dockerfile::User& user) { config_.user = user.user; }
  void operator()(const dockerfile::Shell& shell) { config_.shell = shell.arguments; }
  void operator()(const dockerfile::StopSignal& stop) {
    if (!run::parse_signal(stop.signal)) {
      throw Error(ErrorCode::kInvalidArgument, "STOPSIGNAL: invalid signal: " + stop.signal,
                  "name one as SIGTERM, TERM or 15");
    }
    config_.stop_signal = stop.signal;
  }
  void operator()(const dockerfile::OnBuild& on_build) {
    config_.on_build.push_back(on_build.expression);
  }
  void operator()(const dockerfile::HealthCheck& check) {
    Healthcheck health;
    health.test = check.test;
    health.interval = check.interval;
    health.timeout = check.timeout;
    health.start_period = check.start_period;
    health.start_interval = check.start_interval;
    health.retries = check.retries;
    config_.healthcheck = health;
  }
  void operator()(const dockerfile::Run&) {}
  void operator()(const dockerfile::Copy&) {}
  void operator()(const dockerfile::Add&) {}
  void operator()(const dockerfile::Arg&) {}

 private:
  StageConfig& stage_;
  ContainerConfig& config_;
};

}  // namespace

std::vector<std::string> effective_shell(const ContainerConfig& config) {
  if (!config.shell.empty()) return config.shell;
  return {"/bin/sh", "-c"};
}

std::vector<std::string> command_arguments(const dockerfile::CommandLine& command,
                                           const ContainerConfig& config) {
  if (!command.shell_form) return command.arguments;
  std::vector<std::string> arguments = effective_shell(config);
  arguments.push_back(command.text);
  return arguments;
}

std::string absolute_path(const ContainerConfig& config, const std::string& path) {
  const std::string whole = path.starts_with('/') ? path : config.working_directory + "/" + path;
  std::vector<std::string> components;
  for (const std::string& component : split(whole, '/')) {
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      if (!components.empty()) components.pop_back();
    } else {
      components.push_back(component);
    }
  }
  return "/" + join(components, "/");
}

std::string copy_destination(const ContainerConfig& config, const std::string& path) {
  const std::string clean = absolute_path(config, path);
  const bool names_directory = path.ends_with('/') || path == "." || path == ".." ||
                               path.ends_with("/.") || path.ends_with("/..");
  return names_directory && clean != "/" ? clean + "/" : clean;
}

void apply_to_config(const dockerfile::Instruction& instruction, StageConfig& stage) {
  dockerfile::at_instruction(instruction.source,
                             [&] { std::visit(ConfigChange(stage), instruction.body); });
}

}  // namespace estiba::build
