// --filter of `builder du` and `builder prune`, as docker has it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/builder_cache.h"

namespace estiba::cli {

// until=24h and unused-for=24h, id, type (regular, exec.cachemount), description, inuse, shared,
// private; an entry has to pass all. Throws kInvalidArgument.
[[nodiscard]] std::function<bool(const store::BuilderCacheEntry&)> builder_filter(
    const std::vector<std::string>& filters);

// "regular" or "exec.cachemount", BuildKit's words.
[[nodiscard]] std::string builder_type(const store::BuilderCacheEntry& entry);

}  // namespace estiba::cli
