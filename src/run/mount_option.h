// --mount: "type=bind,source=/a,target=/b,readonly".
#pragma once

#include <string_view>

#include "run/host_config.h"
#include "run/volumes.h"

namespace estiba::run {

// Adds what `text` describes: a bind, a volume (type=volume, the default) or a tmpfs. Throws
// kInvalidArgument for keys that are unknown, missing, or of another type.
void add_mount(std::string_view text, std::vector<VolumeRequest>& volumes,
               std::vector<TmpfsMount>& tmpfs_mounts);

}  // namespace estiba::run
