#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/fd.h"
#include "base/size.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/system_restart.h"
#include "cli/confirm.h"
#include "cli/containers.h"
#include "cli/list_filter.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/prunes.h"
#include "cli/session.h"
#include "run/volume_store.h"
#include "store/disk_size.h"
#include "store/maintenance.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PruneArguments {
  bool all = false;
  bool force = false;
  bool volumes = false;
  std::vector<std::string> filters;
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
  const ListFilter filter(arguments.filters, {"label", "label!", "until"});
  if (!confirmed(arguments.force, prune_warning(arguments))) return 1;
  // First what holds on to images.
  const PrunedNames containers = prune_containers(session, filter);
  const std::vector<std::string> networks = prune_networks(session, filter);
  PrunedNames volumes;
  if (arguments.volumes) volumes = prune_volumes(session, false, filter);
  const store::Pruned pruned =
      store::prune(session.store(), {.all_images = arguments.all, .volumes = false});
  const auto tell = [](const char* title, const std::vector<std::string>& names) {
    if (!names.empty()) print(std::string("Deleted ") + title + ":\n" + join(names, "\n") + "\n\n");
  };
  tell("Containers", containers.names);
  tell("Networks", networks);
  tell("Volumes", volumes.names);
  for (const Reference& tag : pruned.images.untagged) print_line("untagged: " + tag.familiar());
  for (const Digest& id : pruned.images.deleted_images) print_line("deleted: " + id.to_string());
  print_line(
      "Total reclaimed space: " +
      format_size(containers.reclaimed_bytes + volumes.reclaimed_bytes + pruned.reclaimed_bytes));
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

std::string usage_row(const char* type, const store::Usage::Part& part) {
  std::string reclaimable = format_size(part.reclaimable_bytes);
  if (part.size_bytes > 0) {
    reclaimable += " (" + std::to_string(part.reclaimable_bytes * 100 / part.size_bytes) + "%)";
  }
  const Json row = {{"Type", type},
                    {"TotalCount", std::to_string(part.count)},
                    {"Active", std::to_string(part.active)},
                    {"Size", format_size(part.size_bytes)},
                    {"Reclaimable", reclaimable}};
  return row.dump();
}

// Which of them are active or could go is not known to the store.
void add_use(Session& session, store::Usage& usage) {
  for (const run::Container& container : run::Containers(session.store()).list()) {
    if (container.active()) {
      ++usage.containers.active;
    } else {
      usage.containers.reclaimable_bytes += container_size(session, container).writable_bytes;
    }
  }
  const run::VolumeStore volumes(session.root());
  const std::set<std::string> used = volumes.in_use();
  for (const run::Volume& volume : volumes.list()) {
    if (used.contains(volume.name)) {
      ++usage.volumes.active;
    } else {
      usage.volumes.reclaimable_bytes += store::disk_size_bytes(volume.mount_point);
    }
  }
}

int show_usage(Session& session, const std::string& format) {
  store::Usage usage = store::disk_usage(session.store());
  add_use(session, usage);
  Listing listing({{"Type", "TYPE"},
                   {"TotalCount", "TOTAL"},
                   {"Active", "ACTIVE"},
                   {"Size", "SIZE"},
                   {"Reclaimable", "RECLAIMABLE"}},
                  "Type");
  listing.add(usage_row("Images", usage.images));
  listing.add(usage_row("Containers", usage.containers));
  listing.add(usage_row("Local Volumes", usage.volumes));
  listing.add(usage_row("Build Cache", usage.build_cache));
  listing.print_as({.format = format});
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
    line.flag("--volumes", arguments->volumes, "Remove unused anonymous volumes too");
    line.list("--filter", arguments->filters, "KEY=VALUE",
              "Only such containers, networks and volumes: label=, label!=, until=");
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
    line.option("--format", *format, "FORMAT", "json, table, or a Go template");
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
