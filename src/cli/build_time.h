// SOURCE_DATE_EPOCH (reproducible-builds.org): the one time that a build writes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace estiba::cli {

inline constexpr const char* kSourceDateEpoch = "SOURCE_DATE_EPOCH";

// From --build-arg, else from the environment, which then becomes a build argument too; the year
// 1970 for a reproducible build without one. Throws kInvalidArgument.
[[nodiscard]] std::optional<Timestamp> source_date_epoch(
    std::map<std::string, std::optional<std::string>>& arguments, bool reproducible);

}  // namespace estiba::cli
