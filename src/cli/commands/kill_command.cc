#include <csignal>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/session.h"
#include "run/container_control.h"
#include "run/events.h"
#include "run/signals.h"

namespace estiba::cli {
namespace {

struct KillOptions {
  std::string signal = "KILL";
  std::vector<std::string> names;
};

int kill_containers(Session& session, const KillOptions& options) {
  const auto signal = run::parse_signal(options.signal);
  if (!signal) throw Error(ErrorCode::kInvalidArgument, "Invalid signal: " + options.signal);
  return for_each_container(
      session, options.names, [&](run::Containers&, const run::Container& container) {
        // Killed by a person is stopped by a person: its restart policy leaves it alone.
        if (*signal == SIGKILL) {
          run::signal_container(container, 0);
          run::stop_container(container, {.signal = SIGKILL, .timeout = {}});
        } else {
          run::signal_container(container, *signal);
        }
        run::record_event(session.root(), container, "kill", {{"signal", std::to_string(*signal)}});
      });
}

}  // namespace

Command kill_command() {
  Command command;
  command.name = "kill";
  command.summary = "Send a signal to containers: SIGKILL unless told otherwise";
  command.examples = "  estiba kill web\n  estiba kill -s HUP web";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<KillOptions>();
    line.option("-s,--signal", options->signal, "SIGNAL", "A name or number");
    line.positionals("CONTAINER", options->names, "Names or IDs", 1);
    return [options](Session& session) { return kill_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
