#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "run/attach_client.h"
#include "run/signals.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct AttachArguments {
  bool no_input = false;
  bool passes_signals = true;
  std::string detach_keys;
  std::string name;
};

int attach(Session& session, const AttachArguments& arguments) {
  const UniqueFd signals = run::take_forwarded_signals();
  const run::Container container = run::Containers(session.store()).find(arguments.name);
  const run::RunOptions& options = container.record.options;
  return run::attach_to_container(container, {.input = options.interactive && !arguments.no_input,
                                              .output = true,
                                              .passes_signals = arguments.passes_signals,
                                              .terminal = options.terminal,
                                              .detach_keys = arguments.detach_keys,
                                              .signal_fd = signals.get()})
      .exit_code;
}

}  // namespace

Command attach_command() {
  Command command;
  command.name = "attach";
  command.summary = "Connect to the streams of a running container";
  command.examples = "  estiba attach shell";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<AttachArguments>();
    line.flag("--no-stdin", arguments->no_input, "Leave standard input alone");
    line.flag("--sig-proxy", arguments->passes_signals, "Pass signals on to it (true)");
    line.option("--detach-keys", arguments->detach_keys, "KEYS",
                "Leave it running when these are typed (ctrl-p,ctrl-q)");
    line.positional("CONTAINER", arguments->name, "Name or ID");
    return [arguments](Session& session) { return attach(session, *arguments); };
  };
  return command;
}

}  // namespace estiba::cli
