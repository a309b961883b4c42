#include <optional>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/session.h"
#include "run/attach_client.h"
#include "run/container_control.h"
#include "run/events.h"
#include "run/signals.h"

namespace estiba::cli {
namespace {

constexpr int kNotGiven = -2;  // -1 waits for ever

struct StopOptions {
  int time_seconds = kNotGiven;
  std::string signal;
  std::vector<std::string> names;
};

run::StopRequest stop_request(const StopOptions& options) {
  run::StopRequest request;
  if (options.time_seconds != kNotGiven)
    request.timeout = std::chrono::seconds(options.time_seconds);
  if (options.signal.empty()) return request;
  const auto signal = run::parse_signal(options.signal);
  if (!signal) throw Error(ErrorCode::kInvalidArgument, "Invalid signal: " + options.signal);
  request.signal = *signal;
  return request;
}

void declare(CommandLine& line, StopOptions& options) {
  line.option("-t,--time,--timeout", options.time_seconds, "SECONDS",
              "How long to wait before it is killed (10)");
  line.option("-s,--signal", options.signal, "SIGNAL", "What to send instead of its stop signal");
  line.positionals("CONTAINER", options.names, "Names or IDs", 1);
}

int stop_containers(Session& session, const StopOptions& options) {
  const run::StopRequest request = stop_request(options);
  return for_each_container(session, options.names,
                            [&](run::Containers&, const run::Container& container) {
                              run::stop_container(container, request);
                              run::record_event(session.root(), container, "stop");
                            });
}

int restart_containers(Session& session, const StopOptions& options) {
  const run::StopRequest request = stop_request(options);
  return for_each_container(
      session, options.names, [&](run::Containers& containers, const run::Container& container) {
        run::stop_container(container, request);
        (void)run::start_container(containers.find(container.id), keeper_command(session),
                                   {.input = false, .output = false, .detach_keys = {}});
        run::record_event(session.root(), container, "restart");
      });
}

}  // namespace

Command stop_command() {
  Command command;
  command.name = "stop";
  command.summary = "Stop containers: their stop signal, then after a while SIGKILL";
  command.examples = "  estiba stop web\n  estiba stop -t 60 database";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StopOptions>();
    declare(line, *options);
    return [options](Session& session) { return stop_containers(session, *options); };
  };
  return command;
}

Command restart_command() {
  Command command;
  command.name = "restart";
  command.summary = "Stop containers and start them again";
  command.examples = "  estiba restart web";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StopOptions>();
    declare(line, *options);
    return [options](Session& session) { return restart_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
