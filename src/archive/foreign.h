// Archives that people bring along (ADD, import): any compression that docker takes.
#pragma once

#include <memory>

#include "base/stream.h"

namespace estiba::archive {

// Whether the open file (read by position, not moved) is a tar archive, plain or in a compression
// that open_maybe_compressed() undoes: what ADD extracts instead of copying.
[[nodiscard]] bool is_tar_archive(int fd);

// Undoes bzip2 and xz by libarchive; nothing else is enabled. Borrows. kDataLoss when damaged.
[[nodiscard]] std::unique_ptr<Source> make_foreign_decompressor(Source& inner);

}  // namespace estiba::archive
