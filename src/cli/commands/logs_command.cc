#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/output.h"
#include "cli/point_in_time.h"
#include "cli/session.h"
#include "run/container_log.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct LogsOptions {
  bool follow = false;
  bool timestamps = false;
  bool details = false;
  std::string since;
  std::string until;
  std::string tail = "all";
  std::string name;
};

run::LogQuery query_of(const LogsOptions& options) {
  run::LogQuery query;
  query.follow = options.follow;
  if (!options.since.empty()) query.since = parse_point_in_time(options.since);
  if (!options.until.empty()) query.until = parse_point_in_time(options.until);
  if (options.tail == "all" || options.tail.starts_with('-')) return query;
  query.tail = parse_number(options.tail, "--tail");
  return query;
}

int show_log(Session& session, const LogsOptions& options) {
  const run::LogQuery query = query_of(options);
  const std::stop_token stop = session.stop();
  const run::Container container = run::Containers(session.store()).find(options.name);
  if (!container.record.options.log.kept) {
    throw Error(ErrorCode::kUnsupported,
                "the log driver of " + container.short_id() + " is none: nothing was kept");
  }
  const auto show = [&](const run::LogEntry& entry) {
    const std::string time = options.timestamps ? format_rfc3339(entry.time) + " " : "";
    write_all(entry.is_error_output ? STDERR_FILENO : STDOUT_FILENO, time + entry.text,
              "the output");
  };
  // As long as the container's directory is there: it may be removed while we follow.
  const auto is_over = [&] {
    try {
      return !run::Containers(session.store()).find(container.id).active();
    } catch (const Error&) {
      return true;
    }
  };
  run::read_log(container.directory, query, show, is_over, stop);
  return 0;
}

}  // namespace

Command logs_command() {
  Command command;
  command.name = "logs";
  command.summary = "Show what a container has written";
  command.examples = "  estiba logs -f --tail 20 web\n  estiba logs --since 10m -t web";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<LogsOptions>();
    line.flag("-f,--follow", options->follow, "Go on as long as it runs");
    line.flag("-t,--timestamps", options->timestamps, "Show when each line was written");
    line.flag("--details", options->details, "Accepted for docker's sake: there are none");
    line.option("--since", options->since, "TIME", "Only later than a time, or than 10m ago");
    line.option("--until", options->until, "TIME", "Only earlier than a time, or than 10m ago");
    line.option("-n,--tail", options->tail, "N", "Only the last N lines (all)");
    line.positional("CONTAINER", options->name, "Name or ID");
    return [options](Session& session) { return show_log(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
