#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/process.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "fs/user_namespace.h"

namespace estiba::cli {
namespace {

int unshare(std::vector<std::string> command) {
  if (!fs::ordinary_user()) {
    throw Error(ErrorCode::kInvalidArgument,
                "unshare is for ordinary users: root needs no namespace");
  }
  if (command.empty()) {
    const char* shell = std::getenv("SHELL");
    command = {shell == nullptr || *shell == '\0' ? "/bin/sh" : shell};
  }
  // The terminal's keys are for the program.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGQUIT, SIG_IGN);
  ProcessOptions options;
  options.argv = std::move(command);
  options.stdin_fd = STDIN_FILENO;
  return ChildProcess::spawn(options).wait().exit_code();
}

}  // namespace

Command unshare_command() {
  Command command;
  command.name = "unshare";
  command.summary = "Run a program as root of your containers' user namespace";
  command.examples =
      "  estiba unshare ls -ln ~/.local/share/estiba/volumes\n"
      "  estiba unshare chown 33:33 data";
  command.mounts = true;
  command.declare = [](CommandLine& line) -> Runner {
    auto program = std::make_shared<std::vector<std::string>>();
    line.rest("COMMAND", *program, "The program and its arguments; your shell if left out", 0);
    return [program](Session&) { return unshare(*program); };
  };
  return command;
}

}  // namespace estiba::cli
