#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/run_arguments.h"
#include "cli/session.h"
#include "run/attach_client.h"
#include "run/container.h"
#include "run/runtime.h"
#include "run/signals.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

// What docker answers when the container could not be started for another reason than its program.
constexpr int kCannotRun = 125;

struct Options {
  RunArguments container;
  bool detach = false;
  bool passes_signals = true;
  std::string detach_keys;
  std::vector<std::string> attached;  // empty: all streams

  [[nodiscard]] bool attaches(const char* stream) const {
    return attached.empty() || std::ranges::find(attached, stream) != attached.end();
  }
};

// Made by us, gone when it cannot be started.
int start_detached(Session& session, const run::Container& container) {
  (void)run::start_container(container, keeper_command(session),
                             {.input = false, .output = false, .detach_keys = {}});
  print_line(container.id);
  return 0;
}

int run_attached(Session& session, const run::Container& container, const Options& options,
                 int signals) {
  const run::RunOptions& run = container.record.options;
  return run::start_container(container, keeper_command(session),
                              {.input = run.interactive && options.attaches("stdin"),
                               .output = true,
                               .shows_output = options.attaches("stdout"),
                               .shows_errors = options.attaches("stderr"),
                               .passes_signals = options.passes_signals,
                               .terminal = run.terminal,
                               .detach_keys = options.detach_keys,
                               .signal_fd = signals})
      .exit_code;
}

int run_new_container(Session& session, const Options& options, int signals) {
  run::RunOptions wanted = to_run_options(options.container);
  wanted.input_ends_with_client = wanted.interactive && !options.detach;
  const store::Image image = find_image(session, options.container);
  run::Containers containers(session.store());
  check_id_file(options.container);
  const run::Container container = containers.create(image, wanted);
  write_id_file(options.container, container.id);
  if (!options.detach && options.attached.empty() &&
      run::runs_without_keeper(container.record.options)) {
    const run::RunEnvironment environment{session.store(), session.mounter(), session.runtime()};
    return run::run_foreground(environment, container, signals, {});
  }
  (void)session.runtime();  // says at once when there is none
  return options.detach ? start_detached(session, container)
                        : run_attached(session, container, options, signals);
}

int run_container(Session& session, const Options& options) {
  const RunArguments& arguments = options.container;
  for (const std::string& stream : options.attached) {
    if (stream == "stdin" || stream == "stdout" || stream == "stderr") continue;
    throw Error(ErrorCode::kInvalidArgument, "invalid argument \"" + stream + "\" for \"--attach\"",
                "valid streams are stdin, stdout and stderr");
  }
  if (options.detach && !options.attached.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "Conflicting options: -a and -d");
  }
  if (!options.detach && arguments.terminal && arguments.interactive &&
      !is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "the input device is not a TTY",
                "leave -t out when standard input is a pipe or a file");
  }
  // Before any thread: from here on signals are the container's.
  const UniqueFd signals = run::take_forwarded_signals();
  try {
    return run_new_container(session, options, signals.get());
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
      "  estiba run -d --name web --restart unless-stopped demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<Options>();
    line.flag("-d,--detach", options->detach, "Leave it running and print its ID");
    line.list("-a,--attach", options->attached, "STREAM", "Only stdin, stdout or stderr");
    line.flag("--sig-proxy", options->passes_signals, "Pass signals on to it (true)");
    line.option("--detach-keys", options->detach_keys, "KEYS",
                "Leave it running when these are typed (ctrl-p,ctrl-q)");
    declare_run_arguments(line, options->container);
    return [options](Session& session) { return run_container(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
