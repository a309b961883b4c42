#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/fd.h"
#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/commands/system_restart.h"
#include "cli/confirm.h"
#include "cli/network_prune.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "store/maintenance.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PruneArguments {
  bool all = false;
  bool force = false;
  bool volumes = false;
};

// docker's words for what goes.
std::string prune_warning(const PruneArguments& arguments) {
  std::string text =
      "This will remove:\n"
      "  - all stopped containers\n"
      "  - all networks not used by at least one container\n";
  if (arguments.volumes) text += "  - all anonymous volumes not used by at least one container\n";
  text += arguments.all ? "  - all images without at least one container associated to them\n"
                        : "  - all dangling images\n";
  text += "  - the build cache\n";
  return text;
}

int prune(Session& session, const PruneArguments& arguments) {
  if (!confirmed(arguments.force, prune_warning(arguments))) return 1;
  const store::Pruned pruned =
      store::prune(session.store(), {.all_images = arguments.all, .volumes = arguments.volumes});
  for (const Reference& tag : pruned.images.untagged) print_line("untagged: " + tag.familiar());
  for (const Digest& id : pruned.images.deleted_images) print_line("deleted: " + id.to_string());
  for (const std::string& id : pruned.containers) print_line("deleted container: " + id);
  for (const std::string& name : prune_networks(session)) print_line("deleted network: " + name);
  for (const std::string& name : pruned.volumes) print_line("deleted volume: " + name);
  print_line("Total reclaimed space: " + format_size(pruned.reclaimed_bytes));
  return 0;
}

int check(Session& session, bool quick, const std::string& format) {
  const store::CheckReport report =
      store::check(session.store(), {.read_content = !quick}, session.stop());
  if (format == "json") {
    Json problems = Json::array();
    for (const auto& problem : report.problems) {
      problems.push_back({{"what", problem.what}, {"detail", problem.detail}});
    }
    print_line(Json{
        {"images", report.checked_images},
        {"layers", report.checked_layers},
        {"bytes", report.checked_bytes},
        {"garbage", report.garbage_bytes},
        {"problems",
         problems}}.dump());
    return report.problems.empty() ? 0 : 1;
  }
  for (const auto& problem : report.problems) print_line(problem.what + ": " + problem.detail);
  print_line(
      "Checked " + std::to_string(report.checked_images) + " images, " +
      std::to_string(report.checked_layers) + " layers, " + format_size(report.checked_bytes) +
      ": " +
      (report.problems.empty() ? "clean" : std::to_string(report.problems.size()) + " problems"));
  if (report.garbage_bytes > 0) {
    print_line("Reclaimable by 'estiba system prune': " + format_size(report.garbage_bytes));
  }
  return report.problems.empty() ? 0 : 1;
}

Json usage_row(const char* type, const store::Usage::Part& part) {
  return {{"Type", type},
          {"TotalCount", part.count},
          {"Active", part.active},
          {"Size", format_size(part.size_bytes)},
          {"Reclaimable", format_size(part.reclaimable_bytes)}};
}

int show_usage(Session& session, const std::string& format) {
  const store::Usage usage = store::disk_usage(session.store());
  const std::vector<Json> rows = {
      usage_row("Images", usage.images), usage_row("Containers", usage.containers),
      usage_row("Local Volumes", usage.volumes), usage_row("Build Cache", usage.build_cache)};
  if (format == "json") {
    for (const Json& row : rows) print_line(row.dump());
    return 0;
  }
  Table table({"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"});
  for (const Json& row : rows) {
    table.add({row["Type"], row["TotalCount"].dump(), row["Active"].dump(), row["Size"],
               row["Reclaimable"]});
  }
  print(table.render());
  return 0;
}

Command prune_command() {
  Command command;
  command.name = "prune";
  command.summary = "Remove what nothing uses: stopped containers, nameless images, build cache";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<PruneArguments>();
    line.flag("-a,--all", arguments->all, "Remove all images that no container uses");
    line.flag("-f,--force", arguments->force, "Do not ask");
    line.flag("--volumes", arguments->volumes, "Remove unused volumes too");
    return [arguments](Session& session) { return prune(session, *arguments); };
  };
  return command;
}

Command check_store_command() {
  Command command;
  command.name = "check";
  command.summary = "Prove that the store is whole: every row, every file, every digest";
  command.declare = [](CommandLine& line) -> Runner {
    struct Arguments {
      bool quick = false;
      std::string format;
    };
    auto arguments = std::make_shared<Arguments>();
    line.flag("--quick", arguments->quick, "Compare rows and files, but read no content");
    line.option("--format", arguments->format, "FORMAT", "json");
    return [arguments](Session& session) {
      return check(session, arguments->quick, arguments->format);
    };
  };
  return command;
}

Command usage_command() {
  Command command;
  command.name = "df";
  command.summary = "Show how much space is used";
  command.declare = [](CommandLine& line) -> Runner {
    auto format = std::make_shared<std::string>();
    line.option("--format", *format, "FORMAT", "json");
    return [format](Session& session) { return show_usage(session, *format); };
  };
  return command;
}

}  // namespace

Command system_command() {
  Command command;
  command.name = "system";
  command.summary = "Look after the store";
  Command info = info_command();
  command.subcommands = {check_store_command(), usage_command(),  std::move(info),
                         prune_command(),       events_command(), system_restart_command()};
  return command;
}

}  // namespace estiba::cli
