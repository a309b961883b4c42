#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/limit_flags.h"
#include "cli/session.h"
#include "run/container_exec.h"
#include "run/events.h"
#include "run/runtime.h"

namespace estiba::cli {
namespace {

struct UpdateOptions {
  LimitFlags limits;
  std::string restart;
  std::vector<std::string> names;
};

void update_container(Session& session, const run::Container& container,
                      const UpdateOptions& options) {
  run::ContainerRecord record = container.record;
  if (!options.restart.empty()) {
    if (record.options.remove) {
      throw Error(
          ErrorCode::kConflict,
          "Restart policy cannot be updated because AutoRemove is enabled for the container");
    }
    record.options.restart = run::parse_restart_policy(options.restart);
  }
  run::ResourceLimits& limits = record.options.host.limits;
  options.limits.apply(limits);
  const bool is_running = container.state.status == run::ContainerStatus::kRunning;
  if (is_running && limits != container.record.options.host.limits) {
    run::update_limits(container, session.runtime().program(), limits);
  }
  run::write_record(container.directory, record);
  run::record_event(session.root(), container, "update");
}

int update_containers(Session& session, const UpdateOptions& options) {
  if (options.restart.empty() && !options.limits.any()) {
    throw Error(ErrorCode::kInvalidArgument,
                "you must provide one or more flags when using this command");
  }
  return for_each_container(session, options.names,
                            [&](run::Containers&, const run::Container& container) {
                              update_container(session, container, options);
                            });
}

}  // namespace

Command update_command() {
  Command command;
  command.name = "update";
  command.summary = "Change what containers may use, at once, and when they are started again";
  command.mounts = true;  // a hybrid host's cgroups are looked at in a namespace of our own
  command.examples =
      "  estiba update --memory 1g --cpus 1.5 web\n"
      "  estiba update --restart unless-stopped web";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<UpdateOptions>();
    options->limits.declare(line);
    line.option("--restart", options->restart, "POLICY",
                "no, on-failure[:N], always, unless-stopped: from its next end on");
    line.positionals("CONTAINER", options->names, "Names or IDs", 1);
    return [options](Session& session) { return update_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
