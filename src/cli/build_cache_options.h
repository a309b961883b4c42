// docker's --cache-from and --cache-to.
#pragma once

#include <map>
#include <memory>
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
// A place that is named again is `opened` once, so that it gets the steps of all that name it.
using CacheStorages = std::map<std::string, std::shared_ptr<build::CacheStorage>>;
void add_cache_exports(Session& session, const std::vector<std::string>& texts,
                       CacheStorages& opened, build::BuildOptions& build);

}  // namespace estiba::cli
