// The images that a Dockerfile takes from outside.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dockerfile/parser.h"
#include "oci/reference.h"

namespace estiba::build {

// Of FROM, COPY --from and RUN --mount=from, in their order, each once, without stages, "scratch"
// and what has a digest already. `arguments` are those of --build-arg.
[[nodiscard]] std::vector<Reference> external_images(
    const dockerfile::Dockerfile& dockerfile,
    const std::map<std::string, std::optional<std::string>>& arguments);

}  // namespace estiba::build
