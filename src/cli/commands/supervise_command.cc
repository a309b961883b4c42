#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "run/keeper.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

// Standard input is the socket to the command that started us; the container shall not have it.
UniqueFd take_starter() {
  UniqueFd starter = duplicate(STDIN_FILENO);
  const UniqueFd nothing = open_file("/dev/null", O_RDONLY);
  if (::dup2(nothing.get(), STDIN_FILENO) < 0) throw_errno("let go of standard input");
  return starter;
}

int supervise(Session& session, const std::string& id) {
  UniqueFd starter = take_starter();
  const run::Container container = run::Containers(session.store()).find(id);
  const run::RunEnvironment environment{session.store(), session.mounter(), session.runtime()};
  run::keep_container(environment, container, std::move(starter));
  return 0;
}

}  // namespace

Command supervise_command() {
  Command command;
  command.name = "supervise";
  command.summary = "Look after a container (started by run and start)";
  command.mounts = true;
  command.hidden = true;
  command.declare = [](CommandLine& line) -> Runner {
    auto id = std::make_shared<std::string>();
    line.positional("CONTAINER", *id, "Its ID");
    return [id](Session& session) { return supervise(session, *id); };
  };
  return command;
}

}  // namespace estiba::cli
