// The content of what a COPY takes, as one digest: the part of its cache key that names the files.
#pragma once

#include <stop_token>

#include "build/cache_key.h"
#include "build/copy/copy_items.h"
#include "build/file_digests.h"
#include "oci/digest.h"

namespace estiba::build {

// Covers names, kinds, permissions, content, link targets and extended attributes, and owners where
// the trees keep them; not times, so that a fresh checkout of the same files is the same. Files are
// read on several threads; `remembered` may be null. `files`, when there is one, gets a field "file
// PATH" for each.
[[nodiscard]] Digest digest_items(const CopyItems& items, FileDigests* remembered,
                                  std::stop_token stop, KeyFields* files = nullptr);

}  // namespace estiba::build
