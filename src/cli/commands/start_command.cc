#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/error_report.h"
#include "cli/session.h"
#include "run/attach_client.h"
#include "run/runtime.h"
#include "run/signals.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct StartOptions {
  bool attach = false;
  bool interactive = false;
  std::string detach_keys;
  std::vector<std::string> names;
};

int start_attached(Session& session, const StartOptions& options) {
  if (options.names.size() > 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "you cannot start and attach multiple containers at "
                "once");
  }
  const UniqueFd signals = run::take_forwarded_signals();
  const run::Container container = run::Containers(session.store()).find(options.names.front());
  const run::AttachOptions attach{
      .input = options.interactive && container.record.options.interactive,
      .output = true,
      .terminal = container.record.options.terminal,
      .detach_keys = options.detach_keys,
      .signal_fd = signals.get()};
  try {
    return container.active()
               ? run::attach_to_container(container, attach).exit_code
               : run::start_container(container, keeper_command(session), attach).exit_code;
  } catch (const run::StartError& error) {
    report_error(error);
    return error.exit_code();
  }
}

int start_containers(Session& session, const StartOptions& options) {
  if (options.attach || options.interactive) return start_attached(session, options);
  return for_each_container(
      session, options.names, [&](run::Containers&, const run::Container& container) {
        if (container.active()) return;
        (void)run::start_container(container, keeper_command(session),
                                   {.input = false, .output = false, .detach_keys = {}});
      });
}

}  // namespace

Command start_command() {
  Command command;
  command.name = "start";
  command.summary = "Start stopped containers";
  command.examples = "  estiba start web\n  estiba start -ai shell";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StartOptions>();
    line.flag("-a,--attach", options->attach, "Show its output and pass signals on");
    line.flag("-i,--interactive", options->interactive, "Connect standard input too");
    line.option("--detach-keys", options->detach_keys, "KEYS",
                "Leave it running when these are typed (ctrl-p,ctrl-q)");
    line.positionals("CONTAINER", options->names, "Names or IDs", 1);
    return [options](Session& session) { return start_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
