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

Command container_group() {
  Command group;
  group.name = "container";
  group.summary = "Manage containers";
  group.subcommands = {run_command()};
  return group;
}

}  // namespace

std::vector<Command> all_commands() {
  return {
      build_command(),   pin_command(),     images_command(),  tag_command(),     rmi_command(),
      inspect_command(), history_command(), save_command(),    load_command(),    import_command(),
      login_command(),   logout_command(),  push_command(),    pull_command(),    search_command(),
      run_command(),     serve_command(),   admin_command(),   system_command(),  info_command(),
      version_command(), image_group(),     container_group(), network_command(), volume_command()};
}

}  // namespace estiba::cli
