#include "cli/commands/system_restart.h"

#include "base/error.h"
#include "cli/containers.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/attach_client.h"
#include "run/container_control.h"
#include "run/containers.h"

namespace estiba::cli {
namespace {

// docker's rules for the start of its daemon.
bool comes_back(const run::Container& container) {
  if (container.active() || !container.state.started) return false;
  const bool was_stopped = run::has_stop_mark(container.directory);
  switch (container.record.options.restart.condition) {
    case run::RestartCondition::kNever:
      return false;
    case run::RestartCondition::kAlways:
      return true;
    case run::RestartCondition::kUnlessStopped:
      return !was_stopped;
    case run::RestartCondition::kOnFailure:
      return !was_stopped && container.state.exit_code != 0;
  }
  return false;
}

int restart_containers(Session& session) {
  run::Containers containers(session.store());
  int exit_code = 0;
  for (const run::Container& container : containers.list()) {
    if (!comes_back(container)) continue;
    try {
      (void)run::start_container(container, keeper_command(session),
                                 {.input = false, .output = false, .detach_keys = {}});
      print_line(container.name);
    } catch (const Error& error) {
      report_error(error);
      exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace

Command system_restart_command() {
  Command command;
  command.name = "restart";
  command.summary = "Start the containers that their restart policy wants after a reboot";
  command.examples = "  estiba system restart    # from a unit that runs once at boot";
  command.declare = [](CommandLine&) -> Runner {
    return [](Session& session) { return restart_containers(session); };
  };
  return command;
}

}  // namespace estiba::cli
