// --build-context NAME=...: files or images that FROM and COPY --from know by a name.
#pragma once

#include <stop_token>
#include <string>

#include "oci/digest.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::build {

// A directory as an image of one layer: files belong to root, times are of whole seconds. Its
// .dockerignore counts. Kept by `lease`.
[[nodiscard]] Digest image_of_directory(store::Store& store, const std::string& directory,
                                        store::Lease& lease, const std::stop_token& stop);

}  // namespace estiba::build
