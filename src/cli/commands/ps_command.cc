#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/container_filter.h"
#include "cli/containers.h"
#include "cli/listing.h"
#include "cli/session.h"

namespace estiba::cli {
namespace {

struct PsOptions {
  bool all = false;
  bool quiet = false;
  bool latest = false;
  bool size = false;
  bool no_truncation = false;
  int last = -1;
  std::string format;
  std::vector<std::string> filters;
};

std::string size_text(Session& session, const run::Container& container) {
  const ContainerSize size = container_size(session, container);
  return format_size(size.writable_bytes, 3) + " (virtual " + format_size(size.total_bytes, 3) +
         ")";
}

std::vector<run::Container> chosen(Session& session, const PsOptions& options) {
  const ContainerFilter filter(session, options.filters);
  const int count = options.latest ? 1 : options.last;
  const bool shows_all = options.all || count >= 0 || filter.asks_for_state();
  std::vector<run::Container> result;
  for (run::Container& container : run::Containers(session.store()).list()) {
    if (count >= 0 && result.size() == static_cast<std::size_t>(count)) break;
    if (!shows_all && !container.active()) continue;
    if (filter.accepts(container)) result.push_back(std::move(container));
  }
  return result;
}

int list_containers(Session& session, const PsOptions& options) {
  Listing listing({{"ID", "CONTAINER ID"},
                   {"Image", "IMAGE"},
                   {"Command", "COMMAND"},
                   {"RunningFor", "CREATED"},
                   {"Status", "STATUS"},
                   {"Ports", "PORTS"},
                   {"Names", "NAMES"},
                   {"Size", "SIZE", options.size},
                   {"CreatedAt", "CREATED AT", false},
                   {"Labels", "LABELS", false},
                   {"LocalVolumes", "LOCAL VOLUMES", false},
                   {"Mounts", "MOUNTS", false},
                   {"Networks", "NETWORKS", false},
                   {"State", "STATE", false}},
                  "ID");
  const bool wants_size = options.size || options.format.find(".Size") != std::string::npos;
  for (const run::Container& container : chosen(session, options)) {
    listing.add(container_row(container, !options.no_truncation,
                              wants_size ? size_text(session, container) : "0B"));
  }
  listing.print_as({.format = options.format, .quiet = options.quiet});
  return 0;
}

}  // namespace

Command ps_command() {
  Command command;
  command.name = "ps";
  command.summary = "List containers";
  command.examples =
      "  estiba ps -a\n"
      "  estiba ps --filter status=exited -q\n"
      "  estiba ps --format '{{.Names}}: {{.Status}}'";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<PsOptions>();
    line.flag("-a,--all", options->all, "Show stopped ones too");
    line.flag("-q,--quiet", options->quiet, "Only show container IDs");
    line.flag("-l,--latest", options->latest, "Show the latest one, whatever its state");
    line.option("-n,--last", options->last, "N", "Show the last N, whatever their state");
    line.flag("-s,--size", options->size, "Show what they take on the disk");
    line.flag("--no-trunc", options->no_truncation, "Don't shorten");
    line.option("--format", options->format, "FORMAT", "json, table, or a Go template");
    line.list("-f,--filter", options->filters, "KEY=VALUE",
              "id=, name=, label=, status=, exited=, health=, ancestor=, before=, since=, until=, "
              "volume=, network=, publish=, expose=");
    return [options](Session& session) { return list_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
