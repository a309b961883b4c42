// What instructions do to an image's configuration.
#pragma once

#include <string>
#include <vector>

#include "dockerfile/instruction.h"
#include "oci/image_config.h"

namespace estiba::build {

// The shell that shell forms run in: SHELL, or docker's default.
[[nodiscard]] std::vector<std::string> effective_shell(const ContainerConfig& config);
// The process of a command in either form.
[[nodiscard]] std::vector<std::string> command_arguments(const dockerfile::CommandLine& command,
                                                         const ContainerConfig& config);
// `path` taken from the working directory, cleaned.
[[nodiscard]] std::string absolute_path(const ContainerConfig& config, const std::string& path);
// The same, ending in a slash when `path` says that it is a directory ("x/", ".").
[[nodiscard]] std::string copy_destination(const ContainerConfig& config, const std::string& path);

// Tracks one stage: CMD that came with the base image is dropped by a new ENTRYPOINT, one that the
// stage set is not.
struct StageConfig {
  ContainerConfig config;
  std::string author;
  bool command_set_here = false;
};

// Applies an expanded instruction that changes only the configuration (CMD, ENTRYPOINT, ENV, LABEL,
// MAINTAINER, EXPOSE, VOLUME, USER, SHELL, STOPSIGNAL, ONBUILD, HEALTHCHECK); RUN, COPY, ADD, ARG
// change nothing here. WORKDIR sets the working directory.
void apply_to_config(const dockerfile::Instruction& instruction, StageConfig& stage);

}  // namespace estiba::build
