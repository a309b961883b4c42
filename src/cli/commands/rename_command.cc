#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "run/containers.h"
#include "store/store.h"

namespace estiba::cli {

Command rename_command() {
  Command command;
  command.name = "rename";
  command.summary = "Give a container another name";
  command.examples = "  estiba rename web old-web";
  command.declare = [](CommandLine& line) -> Runner {
    auto names = std::make_shared<std::pair<std::string, std::string>>();
    line.positional("CONTAINER", names->first, "Name or ID");
    line.positional("NEW_NAME", names->second, "What it is called from now on");
    return [names](Session& session) {
      run::Containers containers(session.store());
      containers.rename(containers.find(names->first), names->second);
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
