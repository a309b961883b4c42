// `network ls` and `network inspect`.
#pragma once

#include "cli/command_line.h"

namespace estiba::cli {

[[nodiscard]] Command network_list_command();
[[nodiscard]] Command network_inspect_command();

}  // namespace estiba::cli
