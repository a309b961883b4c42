#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/run_arguments.h"
#include "cli/session.h"
#include "run/container_exec.h"
#include "run/events.h"
#include "run/runtime.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct ExecOptions {
  bool detach = false;
  bool interactive = false;
  run::ExecRequest request;
  std::vector<std::string> environment_files;
  std::vector<std::string> arguments;  // the container, then the command
};

int exec_in_container(Session& session, const ExecOptions& options) {
  run::ExecRequest request = options.request;
  request.arguments = {options.arguments.begin() + 1, options.arguments.end()};
  request.environment =
      resolved_environment(options.environment_files, options.request.environment);
  if (!options.detach && request.terminal && options.interactive && !is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "the input device is not a TTY",
                "leave -t out when standard input is a pipe or a file");
  }
  const run::Container container = run::Containers(session.store()).find(options.arguments.front());
  const std::string& runtime = session.runtime().program();
  run::record_event(session.root(), container, "exec_start: " + request.arguments.front());
  try {
    if (!options.detach) {
      return run::exec_in_foreground(container, runtime, request, options.interactive);
    }
    run::exec_detached(container, runtime, request);
    return 0;
  } catch (const run::StartError& error) {
    report_error(error);
    return error.exit_code();
  }
}

}  // namespace

Command exec_command() {
  Command command;
  command.name = "exec";
  command.summary = "Run a command in a running container";
  command.examples = "  estiba exec -it web sh\n  estiba exec -u postgres database psql -l";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<ExecOptions>();
    line.flag("-d,--detach", options->detach, "Leave it running");
    line.flag("-i,--interactive", options->interactive, "Keep standard input open");
    line.flag("-t,--tty", options->request.terminal, "Give the command a terminal");
    line.list("-e,--env", options->request.environment, "K[=V]", "Set an environment variable");
    line.list("--env-file", options->environment_files, "FILE", "Read variables from a file");
    line.option("-w,--workdir", options->request.working_directory, "DIR", "The working directory");
    line.option("-u,--user", options->request.user, "USER[:GROUP]", "Who runs the command");
    line.option("--detach-keys", options->request.detach_keys, "KEYS",
                "Leave it running when these are typed into its terminal (ctrl-p,ctrl-q)");
    line.flag("--privileged", options->request.privileged, "Give it all capabilities");
    line.rest("CONTAINER COMMAND [ARG...]", options->arguments,
              "The container, and what to run in it", 2);
    return [options](Session& session) { return exec_in_container(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
