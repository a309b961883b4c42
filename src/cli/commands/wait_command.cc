#include <fcntl.h>

#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/container_control.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

int wait_for_containers(Session& session, const std::vector<std::string>& names) {
  return for_each_container(
      session, names,
      [](run::Containers&, const run::Container& container) {
        int exit_code = container.state.exit_code;
        if (container.active()) {
          // Of one that is removed at its end the state is gone with it, but not for us.
          const UniqueFd directory = open_file(container.directory, O_PATH | O_DIRECTORY);
          (void)run::wait_for_end(container, std::chrono::milliseconds(-1));
          exit_code = run::read_state("/proc/self/fd/" + std::to_string(directory.get())).exit_code;
        }
        print_line(std::to_string(exit_code));
      },
      false);
}

}  // namespace

Command wait_command() {
  Command command;
  command.name = "wait";
  command.summary = "Wait until containers have stopped, and print their exit codes";
  command.examples = "  estiba wait job";
  command.declare = [](CommandLine& line) -> Runner {
    auto names = std::make_shared<std::vector<std::string>>();
    line.positionals("CONTAINER", *names, "Names or IDs", 1);
    return [names](Session& session) { return wait_for_containers(session, *names); };
  };
  return command;
}

}  // namespace estiba::cli
