#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/container_files.h"
#include "store/store.h"

namespace estiba::cli {

Command diff_command() {
  Command command;
  command.name = "diff";
  command.summary = "Show what a container has added (A), changed (C) and deleted (D)";
  command.mounts = true;
  command.examples = "  estiba diff web";
  command.declare = [](CommandLine& line) -> Runner {
    auto name = std::make_shared<std::string>();
    line.positional("CONTAINER", *name, "Name or ID");
    return [name](Session& session) {
      const run::Container container = run::Containers(session.store()).find(*name);
      for (const run::FileChange& change :
           run::file_changes(session.store(), session.mounter(), container)) {
        print_line(std::string(1, change.kind) + " " + change.path);
      }
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
