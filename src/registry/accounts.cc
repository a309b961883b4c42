#include "registry/accounts.h"

#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "registry/password.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kMinNameBytes = 2;
constexpr std::size_t kMaxNameBytes = 255;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

Account read_account(const sql::Statement& row) {
  return {row.integer(0), row.text(1), row.boolean(2), parse_account_kind(row.text(3))};
}

constexpr std::string_view kLoginColumns =
    "SELECT id, name, is_admin, kind, epoch, totp_confirmed, password_hash FROM accounts "
    "WHERE name = $1 AND disabled = 0 AND kind IN ('user', 'robot')";

Login read_login(const sql::Statement& row) {
  return {read_account(row), row.integer(4), row.boolean(5)};
}

// One of the few places for checks that take a core; free again however the check ends.
class PasswordTurn {
 public:
  using Places = std::counting_semaphore<kMaxPasswordChecksAtOnce>;
  explicit PasswordTurn(Places& places) : places_(places) { places_.acquire(); }
  ~PasswordTurn() { places_.release(); }
  PasswordTurn(const PasswordTurn&) = delete;
  PasswordTurn& operator=(const PasswordTurn&) = delete;

 private:
  Places& places_;
};

bool administers_now(sql::Connection& connection, const std::string& name) {
  sql::Statement row = connection.query(
      "SELECT 1 FROM accounts WHERE name = $1 AND kind = 'user' AND is_admin = 1 AND disabled = 0",
      name);
  return row.step();
}

// After a change to an account that administered, within its transaction: somebody still does.
void refuse_nobody(sql::Connection& connection, const std::string& changed) {
  sql::Statement left = connection.query(
      "SELECT 1 FROM accounts WHERE kind = 'user' AND is_admin = 1 AND disabled = 0 LIMIT 1");
  if (left.step()) return;
  throw Error(ErrorCode::kConflict, "\"" + changed + "\" is the last administrator",
              "make somebody else an administrator first");
}

[[noreturn]] void fail_unknown(const std::string& name) {
  throw Error(ErrorCode::kNotFound, "there is no account \"" + name + "\"");
}

}  // namespace

bool is_valid_account_name(std::string_view name) {
  if (name.size() < kMinNameBytes || name.size() > kMaxNameBytes) return false;
  if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

std::string_view account_kind_name(AccountKind kind) {
  switch (kind) {
    case AccountKind::kUser:
      return "user";
    case AccountKind::kOrganisation:
      return "organisation";
    case AccountKind::kTeam:
      return "team";
    case AccountKind::kRobot:
      break;
  }
  return "robot";
}

AccountKind parse_account_kind(std::string_view text) {
  for (const AccountKind kind :
       {AccountKind::kUser, AccountKind::kOrganisation, AccountKind::kTeam}) {
    if (text == account_kind_name(kind)) return kind;
  }
  return AccountKind::kRobot;
}

void Accounts::add(const std::string& name, const std::string& password, bool is_admin) {
  (void)add(NewAccount{.name = name, .password = password, .is_admin = is_admin});
}

Account Accounts::add(NewAccount account, const Before& before, const After& after) {
  if (!is_valid_account_name(account.name)) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + account.name + "\" is no account name",
                "use 2 to 255 of a-z, 0-9, '_', '.' and '-', first and last a letter or digit");
  }
  const std::string hash = account.password ? hash_password(*account.password) : std::string();
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  if (before) before(*writer, account);
  std::int64_t id = 0;
  try {
    sql::Statement row = writer->query(
        "INSERT INTO accounts (name, password_hash, is_admin, created_at, display_name, email) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        account.name, hash, account.is_admin ? 1 : 0, unix_seconds(now()), account.display_name,
        account.email);
    if (row.step()) id = row.integer(0);
  } catch (Error& error) {
    if (error.code() != ErrorCode::kAlreadyExists) throw;
    throw Error(ErrorCode::kAlreadyExists, "the account \"" + account.name + "\" exists already");
  }
  if (after) after(*writer, id);
  transaction.commit();
  return {id, account.name, account.is_admin, AccountKind::kUser};
}

void Accounts::set_password(const std::string& name, const std::string& password) {
  change(name, {.password = password});
}

void Accounts::set_admin(const std::string& name, bool is_admin) {
  change(name, {.is_admin = is_admin});
}

void Accounts::set_disabled(const std::string& name, bool disabled) {
  change(name, {.disabled = disabled});
}

void Accounts::change(const std::string& name, const AccountChange& change) {
  std::optional<std::string> hash;
  if (change.password) hash = hash_password(*change.password);
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const bool administered = administers_now(*writer, name);
  std::optional<std::int64_t> is_admin;
  std::optional<std::int64_t> disabled;
  if (change.is_admin) is_admin = *change.is_admin ? 1 : 0;
  if (change.disabled) disabled = *change.disabled ? 1 : 0;
  if (writer->execute(
          "UPDATE accounts SET password_hash = coalesce($1, password_hash), epoch = epoch + $2, "
          "is_admin = coalesce($3, is_admin), disabled = coalesce($4, disabled), "
          "email = coalesce($5, email) WHERE name = $6 AND kind = 'user'",
          hash, hash ? 1 : 0, is_admin, disabled, change.email, name) == 0) {
    fail_unknown(name);
  }
  constexpr std::string_view kIts = "(SELECT id FROM accounts WHERE name = $1)";
  if (hash || change.disabled.value_or(false)) {
    writer->execute("DELETE FROM sessions WHERE account_id = " + std::string(kIts), name);
  }
  if (hash) {
    writer->execute("DELETE FROM tokens WHERE kind = 'encrypted-password' AND account_id = " +
                        std::string(kIts),
                    name);
  }
  if (administered) refuse_nobody(*writer, name);
  transaction.commit();
}

void Accounts::remove(const std::string& name) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const bool administered = administers_now(*writer, name);
  if (writer->execute("DELETE FROM accounts WHERE name = $1", name) == 0) fail_unknown(name);
  if (administered) refuse_nobody(*writer, name);
  transaction.commit();
}

std::vector<AccountState> Accounts::list() {
  const auto reader = metadata_.reader();
  std::vector<AccountState> accounts;
  sql::Statement rows = reader->query(
      "SELECT id, name, is_admin, kind, disabled, totp_confirmed FROM accounts "
      "WHERE kind = 'user' ORDER BY name");
  for (const sql::Statement& row : rows) {
    accounts.push_back({read_account(row), row.boolean(4), row.boolean(5)});
  }
  return accounts;
}

std::optional<Account> Accounts::find(const std::string& name) {
  const auto reader = metadata_.reader();
  sql::Statement row =
      reader->query("SELECT id, name, is_admin, kind FROM accounts WHERE name = $1", name);
  if (!row.step()) return std::nullopt;
  return read_account(row);
}

std::optional<Accounts::Found> Accounts::find_login(const std::string& name) {
  // What can be no name is not worth the memory.
  const auto may_keep = [&](const auto&) { return name.size() <= kMaxNameBytes; };
  const auto read = [&]() -> std::optional<Found> {
    const auto reader = metadata_.reader();
    sql::Statement row = reader->query(kLoginColumns, name);
    if (!row.step()) return std::nullopt;
    return Found{read_login(row), row.text(6)};
  };
  return found_.get(name, read, may_keep);
}

std::optional<Login> Accounts::login(const std::string& name) {
  auto found = find_login(name);
  if (!found) return std::nullopt;
  return std::move(found->login);
}

std::optional<Login> Accounts::verify(const std::string& name, std::string_view password) {
  auto found = find_login(name);
  const bool has_password = found && !found->password_hash.empty();
  const std::string hash = has_password ? found->password_hash : unmatchable_hash();
  if (found && verified_.knows(hash, password)) return std::move(found->login);
  const bool matches = [&] {
    const PasswordTurn turn(checks_);
    return verify_password(password, hash);
  }();
  if (!found || !matches) return std::nullopt;
  verified_.remember(hash, password);
  return std::move(found->login);
}

}  // namespace estiba::registry
