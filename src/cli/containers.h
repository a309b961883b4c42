// What the commands about containers have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "run/containers.h"

namespace estiba::cli {

class Session;

// Does `action` to each container by its name. What worked is named on standard output (unless the
// action prints itself), what failed is reported; the exit code is 1 when anything failed.
int for_each_container(Session& session, const std::vector<std::string>& names,
                       const std::function<void(run::Containers&, const run::Container&)>& action,
                       bool prints_names = true);

// How this program starts the keeper of a container (run/keeper.h).
[[nodiscard]] std::vector<std::string> keeper_command(Session& session);

// The object that docker's `ps --format` is about, and the one of `inspect`.
[[nodiscard]] std::string container_row(const run::Container& container, bool truncated,
                                        const std::string& size);
[[nodiscard]] std::string describe_container(Session& session, const run::Container& container,
                                             bool with_size);
// "Up 5 minutes (healthy)", "Exited (0) 2 hours ago".
[[nodiscard]] std::string status_text(const run::ContainerState& state);
// What its writable layer takes, and that with its image.
struct ContainerSize {
  std::uint64_t writable_bytes = 0;
  std::uint64_t total_bytes = 0;
};
[[nodiscard]] ContainerSize container_size(Session& session, const run::Container& container);

}  // namespace estiba::cli
