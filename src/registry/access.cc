#include "registry/access.h"

#include <algorithm>

#include "registry/name_pattern.h"

namespace estiba::registry {
namespace {

bool at_least(const std::optional<Role>& role, Role least) {
  return role && static_cast<int>(*role) >= static_cast<int>(least);
}

Role needed_role(Action action) {
  switch (action) {
    case Action::kPull:
      return Role::kRead;
    case Action::kPush:
      return Role::kWrite;
    case Action::kDelete:
    case Action::kManage:
      break;
  }
  return Role::kAdmin;
}

bool within_limit(const Principal& principal, Role least, const std::string& name) {
  if (!principal.limit) return true;
  if (!at_least(principal.limit->most, least)) return false;
  const auto& patterns = principal.limit->repositories;
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_pattern(name, pattern); });
}

bool may_create(const Account& account, const RepositoryView& repository) {
  if (repository.organisation_id) return at_least(repository.organisation_role, Role::kWrite);
  if (account.kind != AccountKind::kUser) return false;
  const std::size_t slash = repository.name.find('/');
  return slash == std::string::npos || repository.name.substr(0, slash) == account.name;
}

bool account_allowed(const Account& account, Action action, const RepositoryView& repository) {
  if (account.is_admin) return true;
  // Whoever may make it may also look whether it is there, and get a token for all that follows.
  if (!repository.exists()) return may_create(account, repository);
  return repository.owner_id == account.id || at_least(repository.role, needed_role(action));
}

}  // namespace

bool allowed(const Principal& principal, Action action, const RepositoryView& repository) {
  if (repository.proxied && action == Action::kPush) return false;
  if (action == Action::kPull && repository.visibility == Visibility::kPublic &&
      (repository.exists() || repository.proxied)) {
    return true;
  }
  if (!principal.account || !within_limit(principal, needed_role(action), repository.name)) {
    return false;
  }
  if (repository.proxied && action == Action::kPull) return true;
  return account_allowed(*principal.account, action, repository);
}

bool allowed(const Principal& principal, NamespaceAction action, const NamespaceView& view) {
  if (!view.id || !acts_for_account(principal)) return false;
  const Account& account = *principal.account;
  if (account.is_admin || view.id == account.id) return true;
  if (at_least(view.role, Role::kAdmin)) return true;
  return action == NamespaceAction::kSee && view.is_member;
}

bool administers(const Principal& principal) {
  return acts_for_account(principal) && principal.account->is_admin;
}

bool acts_for_account(const Principal& principal) {
  if (!principal.account || principal.account->kind != AccountKind::kUser) return false;
  return !principal.limit ||
         (principal.limit->most == Role::kAdmin && principal.limit->repositories.empty());
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kRead:
      return "read";
    case Role::kWrite:
      return "write";
    case Role::kAdmin:
      break;
  }
  return "admin";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::kRead, Role::kWrite, Role::kAdmin}) {
    if (text == role_name(role)) return role;
  }
  return std::nullopt;
}

}  // namespace estiba::registry
