#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/session.h"
#include "run/events.h"

namespace estiba::cli {
namespace {

struct UpdateOptions {
  std::string restart;
  std::vector<std::string> names;
};

int update_containers(Session& session, const UpdateOptions& options) {
  const run::RestartPolicy policy = run::parse_restart_policy(options.restart);
  return for_each_container(session, options.names,
                            [&](run::Containers&, const run::Container& container) {
                              run::ContainerRecord record = container.record;
                              record.options.restart = policy;
                              run::write_record(container.directory, record);
                              run::record_event(session.root(), container, "update");
                            });
}

}  // namespace

Command update_command() {
  Command command;
  command.name = "update";
  command.summary = "Change when containers are started again; holds from their next end on";
  command.examples = "  estiba update --restart unless-stopped web";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<UpdateOptions>();
    line.option("--restart", options->restart, "POLICY",
                "no, on-failure[:N], always, unless-stopped");
    line.positionals("CONTAINER", options->names, "Names or IDs", 1);
    return [options](Session& session) { return update_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
