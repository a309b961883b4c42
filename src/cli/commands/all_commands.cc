#include <algorithm>
#include <iterator>

#include "cli/commands/commands.h"

namespace estiba::cli {
namespace {

Command renamed(Command command, const std::string& name) {
  command.name = name;
  return command;
}

Command image_group() {
  Command group;
  group.name = "image";
  group.summary = "Manage images";
  group.subcommands = {build_command(),   history_command(), import_command(),
                       inspect_command(), load_command(),    renamed(images_command(), "ls"),
                       pull_command(),    push_command(),    renamed(rmi_command(), "rm"),
                       save_command(),    tag_command()};
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
  group.subcommands.push_back(renamed(ps_command(), "ls"));
  group.subcommands.push_back(renamed(inspect_command(), "inspect"));
  group.subcommands.push_back(container_prune_command());
  return group;
}

// What shells and packagers ask of the program's own grammar.
std::vector<Command> grammar_commands() {
  return {completion_command(), complete_command(), man_command()};
}

}  // namespace

std::vector<Command> all_commands() {
  std::vector<Command> commands = {
      build_command(),   bake_command(),      buildx_group(),    pin_command(),
      images_command(),  tag_command(),       rmi_command(),     inspect_command(),
      history_command(), save_command(),      load_command(),    import_command(),
      login_command(),   logout_command(),    push_command(),    pull_command(),
      search_command(),  serve_command(),     admin_command(),   system_command(),
      info_command(),    version_command(),   ps_command(),      image_group(),
      container_group(), supervise_command(), network_command(), volume_command(),
      builder_command(), events_command(),    unshare_command()};
  std::ranges::move(container_commands(), std::back_inserter(commands));
  std::ranges::move(grammar_commands(), std::back_inserter(commands));
  return commands;
}

}  // namespace estiba::cli
