// Who may do what: one pure function that every route asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::registry {

// To manage is to change settings and permissions.
enum class Action { kPull, kPush, kDelete, kManage };
enum class Visibility { kPublic, kPrivate };
enum class Role { kRead, kWrite, kAdmin };

enum class AccountKind { kUser, kOrganisation, kTeam, kRobot };

struct Account {
  std::int64_t id = 0;
  std::string name;
  bool is_admin = false;
  AccountKind kind = AccountKind::kUser;
};

// What a token leaves of its account's rights.
struct TokenLimit {
  Role most = Role::kAdmin;
  std::vector<std::string> repositories;  // patterns of names; none: all
};

// Who asks: an account, perhaps by a token that may do less, or anybody.
struct Principal {
  std::optional<Account> account;
  std::optional<TokenLimit> limit{};
  [[nodiscard]] std::string name() const { return account ? account->name : std::string(); }
};

// What is asked about. A repository that does not exist has only a name.
struct RepositoryView {
  std::string name;
  std::optional<std::int64_t> id;
  std::optional<std::int64_t> owner_id;
  Visibility visibility = Visibility::kPrivate;
  std::optional<Role> role;  // the principal's, besides ownership
  // Who would own a repository of this name that does not exist: an organisation, and the
  // principal's role in it.
  std::optional<std::int64_t> organisation_id{};
  std::optional<Role> organisation_role{};
  // An upstream's: whoever has an account may read it, nobody pushes to it.
  bool proxied = false;

  [[nodiscard]] bool exists() const { return id.has_value(); }
};

// Pushing to a repository that does not exist makes it: allowed below one's own name
// ("ana/anything"), below that of an organisation where one may write, and for names without a
// first part ("demo").
[[nodiscard]] bool allowed(const Principal& principal, Action action,
                           const RepositoryView& repository);

// A user's or an organisation's name, and all that is below it.
struct NamespaceView {
  std::string name;
  std::optional<std::int64_t> id;
  AccountKind kind = AccountKind::kUser;
  std::optional<Role> role;  // the principal's
  bool is_member = false;    // the principal is in one of the organisation's teams
};
// To see is to know its teams and members; to manage is to change them, its robots and its roles.
enum class NamespaceAction { kSee, kManage };
[[nodiscard]] bool allowed(const Principal& principal, NamespaceAction action,
                           const NamespaceView& view);

// The registry itself.
[[nodiscard]] bool administers(const Principal& principal);
// Whether the principal may act for its own account: its profile, tokens, organisations.
[[nodiscard]] bool acts_for_account(const Principal& principal);

[[nodiscard]] std::string_view role_name(Role role);
[[nodiscard]] std::optional<Role> parse_role(std::string_view text);

}  // namespace estiba::registry
