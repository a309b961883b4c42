// `system restart`: what docker's daemon does when the host has started.
#pragma once

#include "cli/command_line.h"

namespace estiba::cli {

[[nodiscard]] Command system_restart_command();

}  // namespace estiba::cli
