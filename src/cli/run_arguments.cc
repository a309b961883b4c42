#include "cli/run_arguments.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/size.h"
#include "cli/command_line.h"
#include "cli/image_puller.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/transfer_display.h"
#include "dockerfile/duration.h"
#include "run/signals.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

int parse_count(const std::string& text, const std::string& option) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    throw Error(ErrorCode::kInvalidArgument, "invalid value \"" + text + "\" for " + option);
  }
  return value;
}

// How it is stopped and started again.
void set_life(const RunArguments& options, run::RunOptions& run) {
  run.restart = run::parse_restart_policy(options.restart);
  if (run.remove && run.restart.condition != run::RestartCondition::kNever) {
    throw Error(ErrorCode::kInvalidArgument, "Conflicting options: --restart and --rm");
  }
  if (options.stop_signal && !run::parse_signal(*options.stop_signal)) {
    throw Error(ErrorCode::kInvalidArgument, "Invalid signal: " + *options.stop_signal);
  }
  run.stop_signal = options.stop_signal;
  if (options.stop_timeout_seconds >= 0) run.stop_timeout_seconds = options.stop_timeout_seconds;
}

void set_log(const RunArguments& options, run::LogOptions& log) {
  if (options.log_driver == "none") {
    log.kept = false;
  } else if (!options.log_driver.empty() && options.log_driver != "json-file") {
    throw Error(ErrorCode::kInvalidArgument, "unknown log driver \"" + options.log_driver + "\"",
                "use json-file or none");
  }
  for (const std::string& option : options.log_options) {
    const std::size_t equals = std::min(option.find('='), option.size());
    const std::string key = option.substr(0, equals);
    const std::string value = option.substr(std::min(equals + 1, option.size()));
    if (key == "max-size") {
      log.maximum_file_bytes = parse_size(value);
    } else if (key == "max-file") {
      log.maximum_files = parse_count(value, "--log-opt max-file");
    } else {
      throw Error(ErrorCode::kInvalidArgument, "unknown log opt '" + key + "'",
                  "use max-size or max-file");
    }
  }
}

void set_health(const RunArguments& options, run::RunOptions& run) {
  run.no_healthcheck = options.no_healthcheck;
  if (options.no_healthcheck && options.health_command) {
    throw Error(ErrorCode::kInvalidArgument, "--no-healthcheck conflicts with --health-* options");
  }
  if (options.health_command) run.health.test = {"CMD-SHELL", *options.health_command};
  const auto set = [](const std::string& text, std::chrono::nanoseconds& target) {
    if (!text.empty()) target = dockerfile::parse_duration(text);
  };
  set(options.health_interval, run.health.interval);
  set(options.health_timeout, run.health.timeout);
  set(options.health_start_period, run.health.start_period);
  set(options.health_start_interval, run.health.start_interval);
  run.health.retries = options.health_retries;
}

}  // namespace

void declare_run_arguments(CommandLine& line, RunArguments& arguments) {
  line.flag("--rm", arguments.remove, "Remove the container when it exits");
  line.flag("-i,--interactive", arguments.interactive, "Keep standard input open");
  line.flag("-t,--tty", arguments.terminal, "Give the container a terminal");
  arguments.container.declare(line);
  arguments.network.declare(line);
  line.option("--name", arguments.name, "NAME", "Name the container");
  line.flag("-q,--quiet", arguments.quiet, "Say nothing while pulling");
  line.option("--pull", arguments.pull, "always|missing|never", "When to pull the image");
  line.option("--platform", arguments.platform, "OS/ARCH", "The platform to pull");
  line.flag("--init", arguments.init, "Run a small init process as the first one");
  line.option("--restart", arguments.restart, "POLICY",
              "When to start it again: no, on-failure[:N], always, unless-stopped");
  line.option("--stop-signal", arguments.stop_signal, "SIGNAL", "What stop sends");
  line.option("--stop-timeout", arguments.stop_timeout_seconds, "SECONDS",
              "How long stop waits before it kills");
  line.option("--log-driver", arguments.log_driver, "json-file|none", "Where the output is kept");
  line.list("--log-opt", arguments.log_options, "K=V", "max-size=SIZE, max-file=N");
  line.flag("--no-healthcheck", arguments.no_healthcheck, "Leave out the image's HEALTHCHECK");
  line.option("--health-cmd", arguments.health_command, "CMD", "Command that checks its health");
  line.option("--health-interval", arguments.health_interval, "TIME", "Time between two checks");
  line.option("--health-timeout", arguments.health_timeout, "TIME", "How long a check may take");
  line.option("--health-start-interval", arguments.health_start_interval, "TIME",
              "Time between two checks as long as it starts (5s)");
  line.option("--health-start-period", arguments.health_start_period, "TIME",
              "Failures in its first TIME do not count");
  line.option("--health-retries", arguments.health_retries, "N",
              "Failures in a row that make it unhealthy");
  line.option("--cidfile", arguments.id_file, "FILE", "Write the container's ID to a file");
  line.rest("IMAGE [COMMAND] [ARG...]", arguments.arguments,
            "The image, and what to run instead of its CMD", 1);
}

store::Image find_image(Session& session, const RunArguments& options) {
  const std::string& name = options.arguments.front();
  const Platform platform =
      options.platform.empty() ? Platform::host() : Platform::parse(options.platform);
  if (options.pull != "always") {
    if (auto image = session.store().images().try_find(name)) return *image;
    if (options.pull == "never") return session.store().images().find(name);  // says why not
  }
  const Reference reference = Reference::parse(name).with_default_tag();
  if (options.pull != "always" && !options.quiet) {
    print_error("Unable to find image '" + reference.familiar() + "' locally\n");
  }
  TransferDisplay display(STDERR_FILENO, options.quiet);
  const build::PulledImage pulled = make_image_puller(session)(reference, platform, display, {});
  display.finish();
  return session.store().images().get(pulled.id);
}

run::RunOptions to_run_options(const RunArguments& options) {
  run::RunOptions run;
  run.image_name = options.arguments.front();
  run.name = options.name;
  run.process.command = {options.arguments.begin() + 1, options.arguments.end()};
  options.container.apply(run);
  options.network.apply(run);
  run.process.terminal = options.terminal;
  run.interactive = options.interactive;
  run.terminal = options.terminal;
  run.remove = options.remove;
  run.init = options.init;
  set_life(options, run);
  set_log(options, run.log);
  set_health(options, run);
  return run;
}

std::vector<std::string> resolved_environment(const std::vector<std::string>& files,
                                              const std::vector<std::string>& given) {
  std::vector<std::string> all;
  for (const std::string& file : files) {
    for (std::string& line : option_file_lines(file)) all.push_back(std::move(line));
  }
  all.insert(all.end(), given.begin(), given.end());
  std::vector<std::string> resolved;
  for (const std::string& entry : all) {
    if (entry.find('=') != std::string::npos) {
      resolved.push_back(entry);
    } else if (const char* ours = std::getenv(entry.c_str())) {
      resolved.push_back(entry + "=" + ours);
    }
  }
  return resolved;
}

void check_id_file(const RunArguments& arguments) {
  if (arguments.id_file.empty() || !path_exists(arguments.id_file)) return;
  throw Error(ErrorCode::kAlreadyExists,
              "Container ID file found, make sure the other container isn't running or delete " +
                  arguments.id_file);
}

void write_id_file(const RunArguments& arguments, const std::string& id) {
  if (!arguments.id_file.empty()) write_file_atomically(arguments.id_file, id);
}

}  // namespace estiba::cli
