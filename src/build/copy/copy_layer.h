// The layer of a COPY or ADD.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "build/copy/copy_items.h"
#include "build/copy/layer_composer.h"
#include "build/copy/mode_change.h"

namespace estiba::build {

struct CopyRequest {
  std::string destination;         // absolute in the image; a trailing slash says "a directory"
  std::optional<Owner> owner;      // --chown; empty: root, or as in the source image
  std::optional<ModeChange> mode;  // --chmod
  Timestamp now;
  std::optional<Timestamp> latest_mtime;
};

// Writes the tar of the change that copying `items` makes to the image mounted at `below` (null:
// to nothing, for --link). Does not finish the sink. `on_bytes` is told what was read so far.
// Throws kConflict when a file would replace a directory or the other way round, or a file changes
// meanwhile.
void write_copy_layer(const CopyItems& items, const CopyRequest& request, const fs::RootDir* below,
                      Sink& tar, const std::function<void(std::uint64_t)>& on_bytes,
                      std::stop_token stop);

}  // namespace estiba::build
