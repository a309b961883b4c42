// Whom new files belong to: --chown, and USER for WORKDIR.
#pragma once

#include <string>

#include "build/copy/layer_composer.h"
#include "fs/root_dir.h"

namespace estiba::build {

// "user[:group]", names by the image's own passwd and group; a number alone names the group as
// well. Throws kInvalidArgument for names that the image does not have.
[[nodiscard]] Owner resolve_owner(const fs::RootDir& image, const std::string& text);
// Whether `text` holds names, so that the owner depends on the image.
[[nodiscard]] bool names_accounts(const std::string& text);

}  // namespace estiba::build
