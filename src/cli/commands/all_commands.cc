#include <algorithm>
#include <iterator>

#include "cli/commands/commands.h"

namespace estiba::cli {
namespace {

Command renamed(Command command, const std::string& name) {
  command.name = name;
  return command;
}

// What docker calls by more than one name; the help shows the first.
void add_with_aliases(Command& group, const Command& command,
                      const std::vector<std::string>& aliases) {
  group.subcommands.push_back(command);
  for (const std::string& alias : aliases) {
    group.subcommands.push_back(renamed(command, alias));
    group.subcommands.back().hidden = true;
  }
}

// docker's "network list" and "volume remove".
Command with_usual_aliases(Command group) {
  const std::vector<Command> commands = group.subcommands;
  for (const Command& command : commands) {
    const std::string alias = command.name == "ls" ? "list" : command.name == "rm" ? "remove" : "";
    if (alias.empty()) continue;
    group.subcommands.push_back(renamed(command, alias));
    group.subcommands.back().hidden = true;
  }
  return group;
}

Command image_group() {
  Command group;
  group.name = "image";
  group.summary = "Manage images";
  group.subcommands = {build_command(),      history_command(), import_command(),
                       load_command(),       pull_command(),    push_command(),
                       save_command(),       tag_command(),     inspect_command("image"),
                       image_prune_command()};
  add_with_aliases(group, renamed(images_command(), "ls"), {"list"});
  add_with_aliases(group, renamed(rmi_command(), "rm"), {"remove"});
  return group;
}

// Also without "container" before them.
std::vector<Command> container_commands() {
  return {run_command(),  create_command(), start_command(),   stop_command(),   restart_command(),
          kill_command(), pause_command(),  unpause_command(), wait_command(),   rm_command(),
          exec_command(), attach_command(), logs_command(),    rename_command(), update_command(),
          top_command(),  diff_command(),   commit_command(),  cp_command(),     port_command(),
          stats_command()};
}

Command container_group() {
  Command group;
  group.name = "container";
  group.summary = "Manage containers";
  group.subcommands = container_commands();
  add_with_aliases(group, renamed(ps_command(), "ls"), {"list", "ps"});
  group.subcommands.push_back(inspect_command("container"));
  group.subcommands.push_back(container_prune_command());
  return group;
}

// What shells and packagers ask of the program's own grammar.
std::vector<Command> grammar_commands() {
  return {completion_command(), complete_command(), man_command()};
}

}  // namespace

std::vector<Command> all_commands() {
  std::vector<Command> commands = {build_command(),
                                   bake_command(),
                                   buildx_group(),
                                   pin_command(),
                                   images_command(),
                                   tag_command(),
                                   rmi_command(),
                                   inspect_command(),
                                   history_command(),
                                   save_command(),
                                   load_command(),
                                   import_command(),
                                   login_command(),
                                   logout_command(),
                                   push_command(),
                                   pull_command(),
                                   search_command(),
                                   serve_command(),
                                   admin_command(),
                                   system_command(),
                                   info_command(),
                                   version_command(),
                                   ps_command(),
                                   image_group(),
                                   container_group(),
                                   supervise_command(),
                                   with_usual_aliases(network_command()),
                                   with_usual_aliases(volume_command()),
                                   builder_command(),
                                   events_command(),
                                   unshare_command(),
                                   explore_command()};
  std::ranges::move(container_commands(), std::back_inserter(commands));
  std::ranges::move(grammar_commands(), std::back_inserter(commands));
  return commands;
}

}  // namespace estiba::cli
