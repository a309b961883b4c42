#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/containers.h"
#include "cli/list_filter.h"
#include "cli/prunes.h"
#include "cli/session.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct RmOptions {
  run::ContainerRemoval removal;
  std::vector<std::string> names;
};

struct PruneOptions {
  bool force = false;
  std::vector<std::string> filters;
};

int remove_containers(Session& session, const RmOptions& options) {
  run::Containers containers(session.store());
  int exit_code = 0;
  std::vector<std::string> names;
  for (const std::string& name : options.names) {
    // With -f the absence of what is to be absent is no failure.
    if (!options.removal.force || session.store().containers().try_find(name)) {
      names.push_back(name);
    }
  }
  if (!names.empty()) {
    exit_code = for_each_container(session, names,
                                   [&](run::Containers& all, const run::Container& container) {
                                     all.remove(container, options.removal);
                                   });
  }
  return exit_code;
}

int ask_and_prune_containers(Session& session, const PruneOptions& options) {
  const ListFilter filter(options.filters, {"label", "label!", "until"});
  if (!confirmed(options.force, "This will remove all stopped containers.")) return 1;
  print_pruned("Containers", prune_containers(session, filter));
  return 0;
}

}  // namespace

Command rm_command() {
  Command command;
  command.name = "rm";
  command.summary = "Remove containers";
  command.examples = "  estiba rm web\n  estiba rm -f $(estiba ps -aq)";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<RmOptions>();
    line.flag("-f,--force", options->removal.force, "Kill those that run");
    line.flag("-v,--volumes", options->removal.volumes, "Remove their anonymous volumes too");
    line.positionals("CONTAINER", options->names, "Names or IDs", 1);
    return [options](Session& session) { return remove_containers(session, *options); };
  };
  return command;
}

Command container_prune_command() {
  Command command;
  command.name = "prune";
  command.summary = "Remove all stopped containers";
  command.examples = "  estiba container prune --filter label=temporary";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<PruneOptions>();
    line.flag("-f,--force", options->force, "Do not ask");
    line.list("--filter", options->filters, "KEY=VALUE", "label=, label!=, until=");
    return [options](Session& session) { return ask_and_prune_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
