// What a container's first process is: the image's configuration with what the caller overrides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"

namespace estiba::run {

struct RunOverrides {
  std::optional<std::string> entrypoint;  // --entrypoint; "" resets the image's to none
  std::vector<std::string> command;       // what follows the image's name
  std::vector<std::string> environment;   // "K=V" sets, "K" takes our own value if we have one
  std::optional<std::string> working_directory;
  std::optional<std::string> user;
  std::string hostname;  // for HOSTNAME; empty: not set
  bool terminal = false;
};

struct EffectiveProcess {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // PATH first; HOME is the runtime's to add
  std::string working_directory;
  std::string user;
};

// docker's rules: a command replaces CMD and is appended to ENTRYPOINT; --entrypoint replaces
// ENTRYPOINT and drops the image's CMD. Throws kInvalidArgument "no command specified".
[[nodiscard]] EffectiveProcess effective_process(const ContainerConfig& config,
                                                 const RunOverrides& overrides);

// docker's PATH for images that set none.
inline constexpr const char* kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace estiba::run
