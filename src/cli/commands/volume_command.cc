#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/size.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/template.h"
#include "run/volume_store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct VolumeArguments {
  std::vector<std::string> names;
  std::vector<std::string> labels;
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

Json describe(const run::Volume& volume) {
  return {{"CreatedAt", format_rfc3339(volume.created)},
          {"Driver", "local"},
          {"Labels", volume.labels},
          {"Mountpoint", volume.mount_point},
          {"Name", volume.name},
          {"Options", Json::object()},
          {"Scope", "local"}};
}

int create_volume(Session& session, const VolumeArguments& arguments) {
  if (arguments.driver != "local") {
    throw Error(ErrorCode::kNotFound, "volume driver \"" + arguments.driver + "\" not found",
                "local is the one there is");
  }
  std::map<std::string, std::string> labels;
  for (const std::string& label : arguments.labels) {
    const std::size_t equals = label.find('=');
    labels[label.substr(0, equals)] =
        equals == std::string::npos ? std::string() : label.substr(equals + 1);
  }
  (void)session.store();  // makes the store when this is its first use
  print_line(volumes_of(session).create(arguments.name, labels).name);
  return 0;
}

int list_volumes(Session& session, const VolumeArguments& arguments) {
  Table table({"DRIVER", "VOLUME NAME"});
  for (const run::Volume& volume : volumes_of(session).list()) {
    if (arguments.quiet) {
      print_line(volume.name);
    } else if (arguments.format == "json") {
      print_line(describe(volume).dump());
    } else if (!arguments.format.empty()) {
      print_line(Template(arguments.format).render(describe(volume).dump()));
    } else {
      table.add({"local", volume.name});
    }
  }
  if (!arguments.quiet && arguments.format.empty()) print(table.render());
  return 0;
}

int inspect_volumes(Session& session, const VolumeArguments& arguments) {
  Json all = Json::array();
  int exit_code = 0;
  for (const std::string& name : arguments.names) {
    try {
      all.push_back(describe(volumes_of(session).find(name)));
    } catch (const Error& error) {
      report_error(error);
      exit_code = exit_code_of(error);
    }
  }
  if (arguments.format.empty()) {
    print_line(all.dump(4));
  } else {
    for (const Json& one : all) print_line(Template(arguments.format).render(one.dump()));
  }
  return exit_code;
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

// As docker does: of those that no container uses the anonymous ones, with --all the named too.
int prune_volumes(Session& session, const VolumeArguments& arguments) {
  if (!arguments.force) {
    print_error("Nothing was removed; confirm with -f\n");
    return 1;
  }
  const run::VolumeStore volumes = volumes_of(session);
  const std::set<std::string> used = volumes.in_use();
  for (const run::Volume& volume : volumes.list()) {
    if (used.contains(volume.name) || (!arguments.all && !volume.anonymous)) continue;
    volumes.remove(volume);
    print_line(volume.name);
  }
  return 0;
}

using Action = int (*)(Session&, const VolumeArguments&);

Command subcommand(const std::string& name, const std::string& summary, Action action,
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

void declare_create(CommandLine& line, VolumeArguments& arguments) {
  line.option("-d,--driver", arguments.driver, "local", "Who keeps the volume");
  line.list("--label", arguments.labels, "K[=V]", "Put a label on the volume");
  line.optional_positional("NAME", arguments.name, "The volume's name; one by chance");
}

void declare_list(CommandLine& line, VolumeArguments& arguments) {
  line.flag("-q,--quiet", arguments.quiet, "Show names only");
  line.option("--format", arguments.format, "FORMAT", "json, or a Go template");
}

}  // namespace

Command volume_command() {
  Command group;
  group.name = "volume";
  group.summary = "Manage volumes";
  group.subcommands = {
      subcommand("create", "Make a volume", create_volume, declare_create),
      subcommand("ls", "List volumes", list_volumes, declare_list),
      subcommand("inspect", "Show all about volumes", inspect_volumes,
                 [](CommandLine& line, VolumeArguments& arguments) {
                   line.option("-f,--format", arguments.format, "FORMAT", "A Go template");
                   line.positionals("VOLUME", arguments.names, "Volumes", 1);
                 }),
      subcommand("rm", "Remove volumes", remove_volumes,
                 [](CommandLine& line, VolumeArguments& arguments) {
                   line.flag("-f,--force", arguments.force, "Names that do not exist are no error");
                   line.positionals("VOLUME", arguments.names, "Volumes", 1);
                 }),
      subcommand("prune", "Remove volumes that no container uses", prune_volumes,
                 [](CommandLine& line, VolumeArguments& arguments) {
                   line.flag("-a,--all", arguments.all, "Those with names too");
                   line.flag("-f,--force", arguments.force, "Do not ask");
                 })};
  return group;
}

}  // namespace estiba::cli
