#include "run/process_config.h"

#include <cstdlib>

#include "base/error.h"

namespace estiba::run {
namespace {

std::string_view key_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

void remove_variable(std::vector<std::string>& environment, std::string_view key) {
  std::erase_if(environment, [&](const std::string& entry) { return key_of(entry) == key; });
}

// Replaces in place, so that the order of what was there stays.
void set_variable(std::vector<std::string>& environment, const std::string& entry) {
  for (std::string& existing : environment) {
    if (key_of(existing) != key_of(entry)) continue;
    existing = entry;
    return;
  }
  environment.push_back(entry);
}

std::vector<std::string> effective_arguments(const ContainerConfig& config,
                                             const RunOverrides& overrides) {
  std::vector<std::string> arguments;
  if (overrides.entrypoint) {
    if (!overrides.entrypoint->empty()) arguments.push_back(*overrides.entrypoint);
  } else if (config.entrypoint) {
    arguments = *config.entrypoint;
  }
  const bool keeps_image_command = overrides.command.empty() && !overrides.entrypoint;
  const std::vector<std::string> image_command =
      config.command.value_or(std::vector<std::string>{});
  const auto& command = keeps_image_command ? image_command : overrides.command;
  arguments.insert(arguments.end(), command.begin(), command.end());
  if (arguments.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "no command specified",
                "the image has neither CMD nor ENTRYPOINT: name a command after the image");
  }
  return arguments;
}

std::vector<std::string> effective_environment(const ContainerConfig& config,
                                               const RunOverrides& overrides) {
  std::vector<std::string> environment = {std::string("PATH=") + kDefaultPath};
  if (!overrides.hostname.empty()) environment.push_back("HOSTNAME=" + overrides.hostname);
  if (overrides.terminal) environment.emplace_back("TERM=xterm");
  for (const std::string& entry : config.environment) set_variable(environment, entry);
  for (const std::string& entry : overrides.environment) {
    if (entry.find('=') != std::string::npos) {
      set_variable(environment, entry);
    } else if (const char* ours = std::getenv(entry.c_str())) {
      set_variable(environment, entry + "=" + ours);
    } else {
      remove_variable(environment, entry);
    }
  }
  return environment;
}

}  // namespace

EffectiveProcess effective_process(const ContainerConfig& config, const RunOverrides& overrides) {
  EffectiveProcess process;
  process.arguments = effective_arguments(config, overrides);
  process.environment = effective_environment(config, overrides);
  process.working_directory = overrides.working_directory.value_or(config.working_directory);
  if (process.working_directory.empty()) process.working_directory = "/";
  if (process.working_directory.front() != '/') {
    throw Error(ErrorCode::kInvalidArgument, "the working directory \"" +
                                                 process.working_directory +
                                                 "\" is invalid, it needs to be an absolute path");
  }
  process.user = overrides.user.value_or(config.user);
  return process;
}

}  // namespace estiba::run
