#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/session.h"
#include "run/container_control.h"
#include "run/events.h"
#include "run/runtime.h"

namespace estiba::cli {
namespace {

using PauseAction = void (*)(const run::Container&, const std::string& runtime_program);

Command freezing_command(const std::string& name, const std::string& summary, PauseAction action) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.examples = "  estiba " + name + " web";
  command.declare = [name, action](CommandLine& line) -> Runner {
    auto names = std::make_shared<std::vector<std::string>>();
    line.positionals("CONTAINER", *names, "Names or IDs", 1);
    return [name, action, names](Session& session) {
      return for_each_container(session, *names,
                                [&](run::Containers&, const run::Container& container) {
                                  action(container, session.runtime().program());
                                  run::record_event(session.root(), container, name);
                                });
    };
  };
  return command;
}

}  // namespace

Command pause_command() {
  return freezing_command("pause", "Freeze all processes of containers", run::pause_container);
}

Command unpause_command() {
  return freezing_command("unpause", "Let frozen containers go on", run::unpause_container);
}

}  // namespace estiba::cli
