// How two images that should be one differ, file by file.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::build {

// A sentence for each difference, sorted by path; "config: ..." when only the configuration
// differs. Empty for one and the same image.
[[nodiscard]] std::vector<std::string> compare_images(store::Store& store,
                                                      store::SnapshotMounter& mounter,
                                                      const Digest& first, const Digest& second,
                                                      const std::stop_token& stop);

}  // namespace estiba::build
