#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/error_report.h"
#include "cli/image_puller.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/transfer_display.h"
#include "run/container.h"
#include "run/runtime.h"
#include "run/signals.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

// What docker answers when the container could not be started for another reason than its program.
constexpr int kCannotRun = 125;
constexpr std::size_t kMaxEnvironmentFileBytes = 1u << 20;

struct RunOptions {
  bool remove = false;
  bool interactive = false;
  bool terminal = false;
  bool read_only = false;
  std::vector<std::string> environment;
  std::vector<std::string> environment_files;
  std::vector<std::string> volumes;
  std::optional<std::string> working_directory;
  std::optional<std::string> user;
  std::optional<std::string> entrypoint;
  std::string network = "host";
  std::string name;
  std::string hostname;
  std::string pull = "missing";
  std::string platform;
  std::vector<std::string> arguments;  // the image, then its command
};

run::NetworkMode parse_network(const std::string& text) {
  if (text == "host") return run::NetworkMode::kHost;
  if (text == "none") return run::NetworkMode::kNone;
  throw Error(ErrorCode::kInvalidArgument, "invalid --network \"" + text + "\"",
              "use host or none");
}

// Lines of K=V or K; blank lines and comments are left out.
void read_environment_file(const std::string& path, std::vector<std::string>& environment) {
  for (const std::string& line : split(read_file(path, kMaxEnvironmentFileBytes), '\n')) {
    const std::string_view text = trim(line);
    if (!text.empty() && text.front() != '#') environment.emplace_back(text);
  }
}

store::Image find_image(Session& session, const RunOptions& options) {
  const std::string& name = options.arguments.front();
  const Platform platform =
      options.platform.empty() ? Platform::host() : Platform::parse(options.platform);
  if (options.pull != "always") {
    if (auto image = session.store().images().try_find(name)) return *image;
    if (options.pull == "never") return session.store().images().find(name);  // says why not
  }
  const Reference reference = Reference::parse(name).with_default_tag();
  if (options.pull != "always") {
    print_error("Unable to find image '" + reference.familiar() + "' locally\n");
  }
  TransferDisplay display(STDERR_FILENO);
  const build::PulledImage pulled = make_image_puller(session)(reference, platform, display, {});
  display.finish();
  return session.store().images().get(pulled.id);
}

run::RunOptions run_options(const RunOptions& options) {
  run::RunOptions run;
  run.image_name = options.arguments.front();
  run.name = options.name;
  run.process.command = {options.arguments.begin() + 1, options.arguments.end()};
  run.process.entrypoint = options.entrypoint;
  for (const std::string& file : options.environment_files) {
    read_environment_file(file, run.process.environment);
  }
  run.process.environment.insert(run.process.environment.end(), options.environment.begin(),
                                 options.environment.end());
  run.process.working_directory = options.working_directory;
  run.process.user = options.user;
  run.process.terminal = options.terminal;
  for (const std::string& volume : options.volumes) {
    run.volumes.push_back(run::parse_volume(volume));
  }
  run.network = parse_network(options.network);
  run.hostname = options.hostname;
  run.interactive = options.interactive;
  run.terminal = options.terminal;
  run.remove = options.remove;
  run.read_only_root = options.read_only;
  return run;
}

int run_container(Session& session, const RunOptions& options) {
  if (options.terminal && options.interactive && !is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "the input device is not a TTY",
                "leave -t out when standard input is a pipe or a file");
  }
  // Before any thread: from here on signals are the container's.
  const UniqueFd signals = run::take_forwarded_signals();
  try {
    const run::RunOptions run = run_options(options);
    const store::Image image = find_image(session, options);
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
    auto options = std::make_shared<RunOptions>();
    line.flag("--rm", options->remove, "Remove the container when it exits");
    line.flag("-i,--interactive", options->interactive, "Keep standard input open");
    line.flag("-t,--tty", options->terminal, "Give the container a terminal");
    line.list("-e,--env", options->environment, "K[=V]", "Set an environment variable");
    line.list("--env-file", options->environment_files, "FILE", "Read variables from a file");
    line.list("-v,--volume", options->volumes, "SRC:DST[:ro]", "Mount a directory or volume");
    line.option("-w,--workdir", options->working_directory, "DIR", "The working directory");
    line.option("-u,--user", options->user, "USER[:GROUP]", "Who runs the command");
    line.option("--entrypoint", options->entrypoint, "CMD", "Replace the image's ENTRYPOINT");
    line.option("--network", options->network, "host|none", "The container's network");
    line.option("--name", options->name, "NAME", "Name the container");
    line.option("-h,--hostname", options->hostname, "NAME", "The container's host name");
    line.flag("--read-only", options->read_only, "Mount the root file system read-only");
    line.option("--pull", options->pull, "always|missing|never", "When to pull the image");
    line.option("--platform", options->platform, "OS/ARCH", "The platform to pull");
    line.rest("IMAGE [COMMAND] [ARG...]", options->arguments,
              "The image, and what to run instead of its CMD", 1);
    return [options](Session& session) { return run_container(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
