// --build-context NAME=SOURCE: what FROM and COPY --from find by a name.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "store/lease.h"
#include "store/store.h"

namespace estiba::cli {

// From names in lower case to images: references, or IDs of what was made of a directory, URL, Git
// repository or OCI layout, which `lease` keeps. Throws kInvalidArgument.
[[nodiscard]] std::map<std::string, std::string> open_named_contexts(
    store::Store& store, const std::vector<std::string>& values, store::Lease& lease,
    const std::stop_token& stop);

}  // namespace estiba::cli
