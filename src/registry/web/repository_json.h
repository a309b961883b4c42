// Repositories as documents; for .cc files only: it includes the JSON library.
#pragma once

#include <string>

#include "registry/web/api.h"

namespace estiba::registry::web {

// The columns of a repository in the order that read_repository wants them; of repositories as r.
[[nodiscard]] std::string repository_columns();
// The row's repository as the caller stands to it.
[[nodiscard]] Json read_repository(const ApiCall& call, const sql::Statement& row);
// One by name, which the caller may see.
[[nodiscard]] Json repository_json(ApiCall& call, const std::string& name);

}  // namespace estiba::registry::web
