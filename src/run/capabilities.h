// The capabilities of a container (capabilities(7)), by docker's names and rules.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace estiba::run {

// What docker gives to every container: "CAP_CHOWN", ...
[[nodiscard]] std::set<std::string> default_capabilities();

// All that we may give away: those in our own bounding set.
[[nodiscard]] std::set<std::string> all_capabilities();

// The defaults with `dropped` removed and `added` added; "ALL" in either stands for all. A name may
// lack its "CAP_" and be in lower case. Throws kInvalidArgument for an unknown one.
[[nodiscard]] std::set<std::string> effective_capabilities(const std::vector<std::string>& added,
                                                           const std::vector<std::string>& dropped);

}  // namespace estiba::run
