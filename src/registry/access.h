// Who may do what: one pure function that every route asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace estiba::registry {

enum class Action { kPull, kPush, kDelete };
enum class Visibility { kPublic, kPrivate };
enum class Role { kRead, kWrite, kAdmin };

struct Account {
  std::int64_t id = 0;
  std::string name;
  bool is_admin = false;
};

// Who asks: an account, or anybody.
struct Principal {
  std::optional<Account> account;
  [[nodiscard]] std::string name() const { return account ? account->name : std::string(); }
};

// What is asked about. A repository that does not exist has only a name.
struct RepositoryView {
  std::string name;
  std::optional<std::int64_t> id;
  std::optional<std::int64_t> owner_id;
  Visibility visibility = Visibility::kPrivate;
  std::optional<Role> role;  // the principal's, besides ownership
  // An upstream's: whoever has an account may read it, nobody pushes to it.
  bool proxied = false;

  [[nodiscard]] bool exists() const { return id.has_value(); }
};

// Pushing to a repository that does not exist makes it: allowed below one's own name
// ("ana/anything") and for names without a first part ("demo").
[[nodiscard]] bool allowed(const Principal& principal, Action action,
                           const RepositoryView& repository);

}  // namespace estiba::registry
