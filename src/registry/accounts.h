// The accounts of a registry.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "registry/access.h"
#include "registry/limits.h"
#include "registry/read_cache.h"
#include "registry/verified_passwords.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// [a-z0-9][a-z0-9_.-]{1,254}: a part of a repository's name.
[[nodiscard]] bool is_valid_account_name(std::string_view name);
[[nodiscard]] std::string_view account_kind_name(AccountKind kind);
[[nodiscard]] AccountKind parse_account_kind(std::string_view text);

// An account that may be identified, and what voids its older credentials.
struct Login {
  Account account;
  std::int64_t epoch = 0;
  bool second_factor = false;
};

struct NewAccount {
  std::string name;
  std::optional<std::string> password{};  // none: signs in elsewhere
  bool is_admin = false;
  std::string display_name{};
  std::string email{};
};

struct AccountChange {
  std::optional<std::string> password{};
  std::optional<bool> is_admin{};
  std::optional<bool> disabled{};
  std::optional<std::string> email{};
};

struct AccountState {
  Account account;
  bool disabled = false;
  bool second_factor = false;
};

// Thread-safe. Borrows the database.
class Accounts {
 public:
  explicit Accounts(sql::ConnectionPool& metadata)
      : metadata_(metadata), found_(metadata, kMaxKeptLookups) {}

  // kAlreadyExists, or kInvalidArgument for a name or password that cannot be.
  void add(const std::string& name, const std::string& password, bool is_admin);
  // The same within one transaction with what `before` and `after` do there: what these throw
  // leaves no account. `before` may still change what is made, `after` gets its id.
  using Before = std::function<void(sql::Connection&, NewAccount&)>;
  using After = std::function<void(sql::Connection&, std::int64_t)>;
  Account add(NewAccount account, const Before& before = {}, const After& after = {});
  // kNotFound. Voids what was given for the old password: sessions, encrypted passwords, refresh
  // tokens.
  void set_password(const std::string& name, const std::string& password);
  // Of users; kNotFound. Who is disabled is signed out, and what was given to them means nothing
  // until they are enabled again.
  void set_admin(const std::string& name, bool is_admin);
  void set_disabled(const std::string& name, bool disabled);
  // The same and more at once. This and remove() throw kConflict when nobody would administer the
  // registry any more.
  void change(const std::string& name, const AccountChange& change);
  void remove(const std::string& name);
  [[nodiscard]] std::vector<AccountState> list();
  [[nodiscard]] std::optional<Account> find(const std::string& name);
  // A user or robot that is not disabled.
  [[nodiscard]] std::optional<Login> login(const std::string& name);
  // The account, when the password is its own. Costs the same for an unknown name; at most
  // kMaxPasswordChecksAtOnce run at a time, others wait. What was verified lately costs no more
  // than reading the account.
  [[nodiscard]] std::optional<Login> verify(const std::string& name, std::string_view password);

 private:
  struct Found {
    Login login;
    std::string password_hash;  // empty for robots
  };
  [[nodiscard]] std::optional<Found> find_login(const std::string& name);

  sql::ConnectionPool& metadata_;
  ReadCache<std::optional<Found>> found_;
  VerifiedPasswords verified_;
  std::counting_semaphore<kMaxPasswordChecksAtOnce> checks_{kMaxPasswordChecksAtOnce};
};

}  // namespace estiba::registry
