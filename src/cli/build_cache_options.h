// docker's --cache-from and --cache-to.
#pragma once

#include <string>
#include <vector>

#include "build/build.h"
#include "cli/session.h"

namespace estiba::cli {

// "type=registry,ref=NAME", "type=local,src=DIR", or an image's name alone. Throws
// kInvalidArgument.
void add_cache_sources(Session& session, const std::vector<std::string>& texts,
                       build::BuildOptions& build);
// "type=registry,ref=NAME[,mode=max]", "type=local,dest=DIR[,mode=max]", "type=inline".
void add_cache_exports(Session& session, const std::vector<std::string>& texts,
                       build::BuildOptions& build);

}  // namespace estiba::cli
