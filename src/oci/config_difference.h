// What became of one image's configuration in another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"

namespace estiba {

// Named as a Dockerfile would say it: "ENV PATH", "LABEL version", "CMD".
struct ValueDifference {
  std::string name;
  std::optional<std::string> from;  // nothing: it was added
  std::optional<std::string> to;    // nothing: it was removed
};

// Sorted by name.
[[nodiscard]] std::vector<ValueDifference> compare_configs(const ImageConfig& from,
                                                           const ImageConfig& to);
// Instructions by their number, from 1 on: in `to`, or in `from` of those that were removed. An
// instruction in the place of another is a change.
[[nodiscard]] std::vector<ValueDifference> compare_instructions(
    const std::vector<HistoryEntry>& from, const std::vector<HistoryEntry>& to);

}  // namespace estiba
