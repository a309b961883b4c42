// Names for containers that were given none.
#pragma once

#include <string>

namespace estiba::run {

// "quiet_lovelace-3f2a": the end makes it unlikely that a store has two.
[[nodiscard]] std::string random_container_name();

}  // namespace estiba::run
