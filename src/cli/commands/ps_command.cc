#include <nlohmann/json.hpp>

#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/container_filter.h"
#include "cli/containers.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/template.h"

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

std::string as_table(const std::vector<std::string>& rows, bool with_size) {
  std::vector<std::string> headings = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
                                       "STATUS",       "PORTS", "NAMES"};
  std::vector<std::string> keys = {"ID",     "Image", "Command", "RunningFor",
                                   "Status", "Ports", "Names"};
  if (with_size) {
    headings.emplace_back("SIZE");
    keys.emplace_back("Size");
  }
  Table table(headings);
  for (const std::string& row : rows) {
    const nlohmann::json json = nlohmann::json::parse(row);
    std::vector<std::string> cells;
    for (const std::string& key : keys) cells.push_back(json.at(key).get<std::string>());
    table.add(std::move(cells));
  }
  return table.render();
}

int list_containers(Session& session, const PsOptions& options) {
  std::vector<std::string> rows;
  for (const run::Container& container : chosen(session, options)) {
    if (options.quiet) {
      print_line(options.no_truncation ? container.id : container.short_id());
      continue;
    }
    const bool wants_size = options.size || options.format.find(".Size") != std::string::npos;
    rows.push_back(container_row(container, !options.no_truncation,
                                 wants_size ? size_text(session, container) : "0B"));
  }
  if (options.quiet) return 0;
  if (options.format.empty() || options.format == "table") {
    print(as_table(rows, options.size));
    return 0;
  }
  const Template format(options.format == "json" ? "{{json .}}" : options.format);
  for (const std::string& row : rows) print_line(format.render(row));
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
              "id=, name=, label=, status=, exited=, health=, ancestor=, before=, since=, volume=, "
              "network=");
    return [options](Session& session) { return list_containers(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
