// The accounts of a registry.
#pragma once

#include <cstdint>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "registry/access.h"
#include "registry/limits.h"
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

// Thread-safe. Borrows the database.
class Accounts {
 public:
  explicit Accounts(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  // kAlreadyExists, or kInvalidArgument for a name or password that cannot be.
  void add(const std::string& name, std::string_view password, bool is_admin);
  // kNotFound. Voids what was given for the old password: sessions, encrypted passwords, refresh
  // tokens.
  void set_password(const std::string& name, std::string_view password);
  void remove(const std::string& name);
  [[nodiscard]] std::vector<Account> list();
  [[nodiscard]] std::optional<Account> find(const std::string& name);
  // A user or robot that is not disabled.
  [[nodiscard]] std::optional<Login> login(const std::string& name);
  // The account, when the password is its own. Costs the same for an unknown name; at most
  // kMaxPasswordChecksAtOnce run at a time, others wait. What was verified lately costs no more
  // than reading the account.
  [[nodiscard]] std::optional<Login> verify(const std::string& name, std::string_view password);

 private:
  sql::ConnectionPool& metadata_;
  VerifiedPasswords verified_;
  std::counting_semaphore<kMaxPasswordChecksAtOnce> checks_{kMaxPasswordChecksAtOnce};
};

}  // namespace estiba::registry
