#include "registry/access.h"

namespace estiba::registry {
namespace {

bool may_create(const Account& account, const std::string& name) {
  const std::size_t slash = name.find('/');
  return slash == std::string::npos || name.substr(0, slash) == account.name;
}

bool has_role(const RepositoryView& repository, Role least) {
  return repository.role && static_cast<int>(*repository.role) >= static_cast<int>(least);
}

}  // namespace

bool allowed(const Principal& principal, Action action, const RepositoryView& repository) {
  if (repository.proxied && action == Action::kPush) return false;
  if (repository.proxied && action == Action::kPull) {
    return repository.visibility == Visibility::kPublic || principal.account;
  }
  if (!principal.account) {
    return action == Action::kPull && repository.exists() &&
           repository.visibility == Visibility::kPublic;
  }
  const Account& account = *principal.account;
  if (account.is_admin) return true;
  // Whoever may make it may also look whether it is there, and get a token for all that follows.
  if (!repository.exists()) return may_create(account, repository.name);
  if (repository.owner_id == account.id) return true;
  switch (action) {
    case Action::kPull:
      return repository.visibility == Visibility::kPublic || has_role(repository, Role::kRead);
    case Action::kPush:
      return has_role(repository, Role::kWrite);
    case Action::kDelete:
      return has_role(repository, Role::kAdmin);
  }
  return false;
}

}  // namespace estiba::registry
