#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/run_arguments.h"
#include "cli/session.h"
#include "run/container.h"
#include "run/runtime.h"
#include "run/signals.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

// What docker answers when the container could not be started for another reason than its program.
constexpr int kCannotRun = 125;
int run_container(Session& session, const RunArguments& options) {
  if (options.terminal && options.interactive && !is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "the input device is not a TTY",
                "leave -t out when standard input is a pipe or a file");
  }
  // Before any thread: from here on signals are the container's.
  const UniqueFd signals = run::take_forwarded_signals();
  try {
    run::RunOptions run = to_run_options(options);
    const store::Image image = find_image(session, options);
    if (run.publish_all) run::add_exposed_ports(image.config.config.exposed_ports, run.ports);
    const run::RunEnvironment environment{session.store(), session.mounter(), session.runtime()};
    return run::run_foreground(environment, image, run, signals.get(), {});
  } catch (const run::StartError& error) {
    report_error(error);
    return error.exit_code();
  } catch (const Error& error) {
    report_error(error);
    return kCannotRun;
  }
}

}  // namespace

Command run_command() {
  Command command;
  command.name = "run";
  command.summary = "Run a command in a new container";
  command.mounts = true;
  command.examples =
      "  estiba run --rm debian cat /etc/os-release\n"
      "  estiba run --rm -it -v \"$PWD\":/work -w /work debian bash\n"
      "  estiba run --rm -e GREETING=hello demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<RunArguments>();
    declare_run_arguments(line, *options);
    return [options](Session& session) { return run_container(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
