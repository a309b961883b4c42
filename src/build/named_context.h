// --build-context NAME=...: files or images that FROM and COPY --from know by a name.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "oci/digest.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::build {

// Names of contexts to an image or its ID.
using NamedContexts = std::map<std::string, std::string>;

// What a context is looked for by: one name for "debian", "debian:latest" and
// "docker.io/library/debian", and any case of what is no reference.
[[nodiscard]] std::string context_key(const std::string& name);
// The image that `name` means, or nothing. "scratch" never means another.
[[nodiscard]] std::optional<std::string> find_context(const NamedContexts& contexts,
                                                      const std::string& name);

// A directory as an image of one layer: files belong to root, times are of whole seconds. Its
// .dockerignore counts. The same content, whatever its times are, gives the image of its first
// sight, so that steps on it stay cached. Kept by `lease`.
[[nodiscard]] Digest image_of_directory(store::Store& store, const std::string& directory,
                                        store::Lease& lease, const std::stop_token& stop);

}  // namespace estiba::build
