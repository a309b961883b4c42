// Every command of the program, one function and one file each.
#pragma once

#include <vector>

#include "cli/command_line.h"

namespace estiba::cli {

[[nodiscard]] Command admin_command();
[[nodiscard]] Command attach_command();
[[nodiscard]] Command build_command();
[[nodiscard]] Command bake_command();
[[nodiscard]] Command buildx_group();
[[nodiscard]] Command builder_command();
[[nodiscard]] Command commit_command();
[[nodiscard]] Command complete_command();
[[nodiscard]] Command completion_command();
[[nodiscard]] Command container_prune_command();
[[nodiscard]] Command cp_command();
[[nodiscard]] Command create_command();
[[nodiscard]] Command diff_command();
[[nodiscard]] Command events_command();
[[nodiscard]] Command exec_command();
[[nodiscard]] Command explore_command();
[[nodiscard]] Command history_command();
[[nodiscard]] Command images_command();
[[nodiscard]] Command image_prune_command();
[[nodiscard]] Command import_command();
[[nodiscard]] Command info_command();
// Of one type only ("container", "image"), or of whatever has the name.
[[nodiscard]] Command inspect_command(const std::string& type = {});
[[nodiscard]] Command kill_command();
[[nodiscard]] Command load_command();
[[nodiscard]] Command login_command();
[[nodiscard]] Command logout_command();
[[nodiscard]] Command man_command();
[[nodiscard]] Command pin_command();
[[nodiscard]] Command logs_command();
[[nodiscard]] Command pause_command();
[[nodiscard]] Command port_command();
[[nodiscard]] Command ps_command();
[[nodiscard]] Command pull_command();
[[nodiscard]] Command push_command();
[[nodiscard]] Command rename_command();
[[nodiscard]] Command restart_command();
[[nodiscard]] Command rm_command();
[[nodiscard]] Command rmi_command();
[[nodiscard]] Command run_command();
[[nodiscard]] Command save_command();
[[nodiscard]] Command search_command();
[[nodiscard]] Command serve_command();
[[nodiscard]] Command network_command();
[[nodiscard]] Command start_command();
[[nodiscard]] Command stats_command();
[[nodiscard]] Command stop_command();
[[nodiscard]] Command top_command();
[[nodiscard]] Command supervise_command();
[[nodiscard]] Command system_command();
[[nodiscard]] Command volume_command();
[[nodiscard]] Command tag_command();
[[nodiscard]] Command unpause_command();
[[nodiscard]] Command update_command();
[[nodiscard]] Command unshare_command();
[[nodiscard]] Command version_command();
[[nodiscard]] Command wait_command();

// All of them, and docker's grouped spellings ("image ls").
[[nodiscard]] std::vector<Command> all_commands();

}  // namespace estiba::cli
