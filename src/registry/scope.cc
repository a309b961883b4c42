#include "registry/scope.h"

#include <algorithm>

#include "base/text.h"
#include "registry/limits.h"

namespace estiba::registry {

std::vector<Scope> parse_scopes(std::string_view text) {
  std::vector<Scope> scopes;
  for (const std::string& word : split(text, ' ')) {
    const std::size_t first = word.find(':');
    const std::size_t last = word.rfind(':');
    if (first == std::string::npos || first == last || scopes.size() >= kMaxScopes) continue;
    Scope scope;
    scope.type = word.substr(0, first);
    // "repository(plugin)" names a class, which we don't tell apart.
    scope.type = scope.type.substr(0, scope.type.find('('));
    scope.name = word.substr(first + 1, last - first - 1);
    for (const std::string& action : split(word.substr(last + 1), ',')) {
      if (!action.empty()) scope.actions.push_back(action);
    }
    scopes.push_back(std::move(scope));
  }
  return scopes;
}

bool grants(const std::vector<Scope>& scopes, std::string_view repository, Action action) {
  return std::any_of(scopes.begin(), scopes.end(), [&](const Scope& scope) {
    return scope.type == "repository" && scope.name == repository &&
           std::find(scope.actions.begin(), scope.actions.end(), action_name(action)) !=
               scope.actions.end();
  });
}

std::string_view action_name(Action action) {
  switch (action) {
    case Action::kPull:
      return "pull";
    case Action::kPush:
      return "push";
    case Action::kDelete:
      return "delete";
    case Action::kManage:
      break;  // no scope of docker's
  }
  return {};
}

}  // namespace estiba::registry
