// Scopes of tokens: "repository:team/demo:pull,push" (docker's token specification).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/access.h"

namespace estiba::registry {

struct Scope {
  std::string type;  // "repository", "registry"
  std::string name;  // may hold colons: "host:5000/team/demo"
  std::vector<std::string> actions;
};

// Scopes separated by spaces; what is malformed is left out, as it grants nothing.
[[nodiscard]] std::vector<Scope> parse_scopes(std::string_view text);
[[nodiscard]] bool grants(const std::vector<Scope>& scopes, std::string_view repository,
                          Action action);
[[nodiscard]] std::string_view action_name(Action action);

}  // namespace estiba::registry
