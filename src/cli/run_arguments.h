// The arguments that `run` and `create` share: what a new container is to be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/container_flags.h"
#include "cli/network_flags.h"
#include "run/run_options.h"
#include "store/image_store.h"

namespace estiba::cli {

class CommandLine;
class Session;

struct RunArguments {
  bool remove = false;
  bool interactive = false;
  bool terminal = false;
  bool init = false;
  bool no_healthcheck = false;
  ContainerFlags container;
  NetworkFlags network;
  bool quiet = false;
  std::vector<std::string> log_options;
  std::optional<std::string> stop_signal;
  std::optional<std::string> health_command;
  std::string health_interval;
  std::string health_timeout;
  std::string health_start_period;
  std::string health_start_interval;
  int health_retries = 0;
  int stop_timeout_seconds = -1;  // -1: not given
  std::string name;
  std::string restart;
  std::string log_driver;
  std::string id_file;
  std::string pull = "missing";
  std::string platform;
  std::vector<std::string> arguments;  // the image, then its command
};

// `arguments` is borrowed until the command ran.
void declare_run_arguments(CommandLine& line, RunArguments& arguments);
// Throws kInvalidArgument for a value that is wrong.
[[nodiscard]] run::RunOptions to_run_options(const RunArguments& arguments);
// The image that the arguments name, pulled as --pull says.
[[nodiscard]] store::Image find_image(Session& session, const RunArguments& arguments);

// The variables of the files, then the given ones, with values: "K" alone takes ours or nothing.
[[nodiscard]] std::vector<std::string> resolved_environment(const std::vector<std::string>& files,
                                                            const std::vector<std::string>& given);

// --cidfile: refuses a file that exists, then gets the ID.
void check_id_file(const RunArguments& arguments);
void write_id_file(const RunArguments& arguments, const std::string& id);

}  // namespace estiba::cli
