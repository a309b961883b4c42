#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/error_report.h"
#include "cli/labels.h"
#include "cli/list_filter.h"
#include "cli/listing.h"
#include "cli/object_views.h"
#include "cli/output.h"
#include "cli/prunes.h"
#include "cli/session.h"
#include "run/volume_store.h"

namespace estiba::cli {
namespace {

struct VolumeArguments {
  std::vector<std::string> names;
  std::vector<std::string> labels;
  std::vector<std::string> filters;
  std::vector<std::string> options;
  std::string name;
  std::string driver = "local";
  std::string format;
  bool quiet = false;
  bool force = false;
  bool all = false;
};

run::VolumeStore volumes_of(const Session& session) {
  return run::VolumeStore(session.root());
}

int create_volume(Session& session, const VolumeArguments& arguments) {
  if (arguments.driver != "local") {
    throw Error(ErrorCode::kNotFound, "volume driver \"" + arguments.driver + "\" not found",
                "local is the one there is");
  }
  if (!arguments.options.empty()) {
    throw Error(ErrorCode::kUnsupported,
                "the local driver knows no option \"" + arguments.options.front() + "\"",
                "mount the file system on the host, and give it to the container with -v");
  }
  (void)session.store();  // makes the store when this is its first use
  print_line(volumes_of(session).create(arguments.name, parse_labels(arguments.labels)).name);
  return 0;
}

int list_volumes(Session& session, const VolumeArguments& arguments) {
  const ListFilter filter(arguments.filters, {"name", "driver", "dangling", "label", "label!"});
  Listing listing({{"Driver", "DRIVER"},
                   {"Name", "VOLUME NAME"},
                   {"Scope", "SCOPE", false},
                   {"Mountpoint", "MOUNTPOINT", false},
                   {"Labels", "LABELS", false},
                   {"Links", "LINKS", false},
                   {"Size", "SIZE", false}},
                  "Name");
  const std::set<std::string> used = volumes_of(session).in_use();
  for (const run::Volume& volume : volumes_of(session).list()) {
    const auto fits = [&](const std::string& key, const std::string& value) {
      if (key == "name") return volume.name.find(value) != std::string::npos;
      if (key == "driver") return value == "local";
      return used.contains(volume.name) != filter_flag(key, value);
    };
    if (!filter.accepts(volume.labels, fits)) continue;
    const nlohmann::ordered_json row = {
        {"Driver", "local"},   {"Labels", labels_text(volume.labels)},
        {"Links", "N/A"},      {"Mountpoint", volume.mount_point},
        {"Name", volume.name}, {"Scope", "local"},
        {"Size", "N/A"}};
    listing.add(row.dump());
  }
  listing.print_as({.format = arguments.format, .quiet = arguments.quiet});
  return 0;
}

int inspect_volumes(Session& session, const VolumeArguments& arguments) {
  return print_objects(arguments.names, arguments.format, [&](const std::string& name) {
    return describe_volume(volumes_of(session).find(name));
  });
}

int remove_volumes(Session& session, const VolumeArguments& arguments) {
  int exit_code = 0;
  const run::VolumeStore volumes = volumes_of(session);
  for (const std::string& name : arguments.names) {
    try {
      volumes.remove(volumes.find(name));
      print_line(name);
    } catch (const Error& error) {
      if (arguments.force && error.code() == ErrorCode::kNotFound) continue;
      report_error(error);
      exit_code = exit_code_of(error);
    }
  }
  return exit_code;
}

int ask_and_prune_volumes(Session& session, const VolumeArguments& arguments) {
  const ListFilter filter(arguments.filters, {"label", "label!", "until"});
  const std::string what = arguments.all ? "all" : "anonymous";
  if (!confirmed(arguments.force, "This will remove " + what +
                                      " local volumes not used by at least one container.")) {
    return 1;
  }
  print_pruned("Volumes", prune_volumes(session, arguments.all, filter));
  return 0;
}

using Action = int (*)(Session&, const VolumeArguments&);

Command volume_subcommand(const std::string& name, const std::string& summary, Action action,
                          std::function<void(CommandLine&, VolumeArguments&)> declare) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action, declare = std::move(declare)](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<VolumeArguments>();
    declare(line, *arguments);
    return [arguments, action](Session& session) { return action(session, *arguments); };
  };
  return command;
}

void declare_volume_create(CommandLine& line, VolumeArguments& arguments) {
  line.option("-d,--driver", arguments.driver, "local", "Who keeps the volume");
  line.list("-o,--opt", arguments.options, "K=V", "Options of the driver, which has none");
  line.list("--label", arguments.labels, "K[=V]", "Put a label on the volume");
  line.optional_positional("NAME", arguments.name, "The volume's name; one by chance");
}

void declare_volume_list(CommandLine& line, VolumeArguments& arguments) {
  line.flag("-q,--quiet", arguments.quiet, "Show names only");
  line.option("--format", arguments.format, "FORMAT", "json, table, or a Go template");
  line.list("-f,--filter", arguments.filters, "KEY=VALUE", "name=, label=, driver=, dangling=");
}

}  // namespace

Command volume_command() {
  Command group;
  group.name = "volume";
  group.summary = "Manage volumes";
  group.subcommands = {
      volume_subcommand("create", "Make a volume", create_volume, declare_volume_create),
      volume_subcommand("ls", "List volumes", list_volumes, declare_volume_list),
      volume_subcommand("inspect", "Show all about volumes", inspect_volumes,
                        [](CommandLine& line, VolumeArguments& arguments) {
                          line.option("-f,--format", arguments.format, "FORMAT",
                                      "json, or a Go template");
                          line.positionals("VOLUME", arguments.names, "Volumes", 1);
                        }),
      volume_subcommand("rm", "Remove volumes", remove_volumes,
                        [](CommandLine& line, VolumeArguments& arguments) {
                          line.flag("-f,--force", arguments.force,
                                    "Names that do not exist are no error");
                          line.positionals("VOLUME", arguments.names, "Volumes", 1);
                        }),
      volume_subcommand("prune", "Remove volumes that no container uses", ask_and_prune_volumes,
                        [](CommandLine& line, VolumeArguments& arguments) {
                          line.flag("-a,--all", arguments.all, "Those with names too");
                          line.flag("-f,--force", arguments.force, "Do not ask");
                          line.list("--filter", arguments.filters, "KEY=VALUE",
                                    "label=, label!=, until=");
                        })};
  return group;
}

}  // namespace estiba::cli
