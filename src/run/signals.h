// Signals that a foreground container gets in our place.
#pragma once

#include <optional>
#include <string_view>

#include "base/fd.h"

namespace estiba::run {

// Blocks TERM, INT, HUP, QUIT, USR1, USR2 and WINCH in this process and returns the signalfd that
// delivers them (for ContainerIo::signal_fd). Call it before any thread exists: threads inherit
// the mask, and a signal must not find one where it is not blocked.
[[nodiscard]] UniqueFd take_forwarded_signals();

// "SIGTERM", "term" or "15" (an image's STOPSIGNAL); nothing for what is no signal.
[[nodiscard]] std::optional<int> parse_signal(std::string_view text);

}  // namespace estiba::run
