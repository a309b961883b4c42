#include "base/error.h"
#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/container_filter.h"
#include "cli/containers.h"
#include "cli/output.h"
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

int prune_containers(Session& session, const PruneOptions& options) {
  const ContainerFilter filter(session, options.filters);
  run::Containers containers(session.store());
  std::uint64_t reclaimed_bytes = 0;
  std::string text;
  for (const run::Container& container : containers.list()) {
    if (container.active() || !filter.accepts(container)) continue;
    reclaimed_bytes += container_size(session, container).writable_bytes;
    containers.remove(container, {.force = false, .volumes = false});
    if (text.empty()) text = "Deleted Containers:\n";
    text += container.id + "\n";
  }
  if (!text.empty()) print(text + "\n");
  print_line("Total reclaimed space: " + format_size(reclaimed_bytes));
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
    line.flag("-f,--force", options->force, "Accepted for docker's sake: nothing is asked");
    line.list("--filter", options->filters, "KEY=VALUE", "As for ps");
    return [options](Session& session) { return prune_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
