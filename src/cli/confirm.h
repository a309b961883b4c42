// Asking before something is removed.
#pragma once

#include <string>

namespace estiba::cli {

// Prints the question and reads the answer from a terminal; without one the answer is no.
[[nodiscard]] bool confirmed(const std::string& question);

}  // namespace estiba::cli
