#include "registry/sign_in/identities.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "registry/invitations.h"
#include "registry/limits.h"
#include "registry/profiles.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr int kNumberedNames = 9;
constexpr std::size_t kMaxNearNameBytes = 64;

void check_email_domain(const ExternalPerson& person, const ProviderSettings& provider) {
  if (provider.email_domains.empty()) return;
  const std::string email = to_lower(person.email);
  const std::size_t at = email.rfind('@');
  const auto& domains = provider.email_domains;
  if (at != std::string::npos &&
      std::find(domains.begin(), domains.end(), email.substr(at + 1)) != domains.end()) {
    return;
  }
  throw NotAdmitted("not-allowed",
                    "the verified address of who signs in must end in " + join(domains, " or "));
}

void insert_identity(sql::Connection& writer, const ExternalPerson& person, std::int64_t account) {
  writer.execute(
      "INSERT INTO external_identities (provider, subject, account_id) VALUES ($1, $2, $3)",
      person.source, person.subject, account);
}

// What the provider says of them is theirs to say, but has our limits.
NewAccount account_of(const ExternalPerson& person) {
  NewAccount account;
  if (person.display_name.size() <= kMaxTitleBytes) account.display_name = person.display_name;
  if (person.email.size() <= kMaxTitleBytes) account.email = person.email;
  return account;
}

}  // namespace

NotAdmitted::NotAdmitted(std::string reason, const std::string& message)
    : Error(ErrorCode::kPermissionDenied, message), reason_(std::move(reason)) {}

std::string account_name_near(const std::string& username) {
  std::string name;
  for (const char c : to_lower(username.substr(0, username.find('@')))) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!alphanumeric && (name.empty() || name.back() == '-')) continue;
    name += alphanumeric || c == '_' || c == '.' ? c : '-';
    if (name.size() == kMaxNearNameBytes) break;
  }
  const auto is_mark = [](char c) { return c == '-' || c == '_' || c == '.'; };
  while (!name.empty() && is_mark(name.back())) name.pop_back();
  return is_valid_account_name(name) ? name : "user";
}

std::optional<Account> Identities::find(const ExternalPerson& person,
                                        const ProviderSettings& provider) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT a.id, a.name, a.is_admin, a.disabled, a.totp_confirmed FROM external_identities e "
      "JOIN accounts a ON a.id = e.account_id WHERE e.provider = $1 AND e.subject = $2",
      person.source, person.subject);
  if (!row.step()) return std::nullopt;
  if (row.boolean(3)) throw NotAdmitted("disabled", "the account is disabled");
  if (row.boolean(4) && !provider.trust_second_factor) {
    throw NotAdmitted("second-factor", "the account has a second factor here");
  }
  return Account{row.integer(0), row.text(1), row.boolean(2), AccountKind::kUser};
}

Account Identities::make_account(const ExternalPerson& person, const ProviderSettings& provider) {
  const auto before = [&](sql::Connection& writer, NewAccount&) {
    if (provider.sign_up != SignUp::kInvitation || take_invitation_of(writer, person.email)) return;
    throw NotAdmitted("no-account", "nobody has invited " + person.username);
  };
  const auto after = [&](sql::Connection& writer, std::int64_t id) {
    insert_identity(writer, person, id);
  };
  const std::string near = account_name_near(person.username);
  for (int number = 1;; ++number) {
    NewAccount account = account_of(person);
    account.name = number == 1                ? near
                   : number <= kNumberedNames ? near + "-" + std::to_string(number)
                                              : near + "-" + random_hex(8);
    try {
      return accounts_.add(std::move(account), before, after);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kAlreadyExists || number > kNumberedNames) throw;
      // The name is another's, or the same person was quicker in another window.
      if (auto found = find(person, provider)) return *found;
    }
  }
}

Account Identities::admit(const ExternalPerson& person, const ProviderSettings& provider) {
  check_email_domain(person, provider);
  if (auto found = find(person, provider)) return *found;
  // The first account is the administrator's, by the link that the registry has printed.
  if (provider.sign_up == SignUp::kClosed || needs_setup(metadata_)) {
    throw NotAdmitted("no-account", "there is no account for " + person.username);
  }
  return make_account(person, provider);
}

void Identities::connect(std::int64_t account, const ExternalPerson& person) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  std::optional<std::int64_t> owner;
  {
    sql::Statement row = writer->query(
        "SELECT account_id FROM external_identities WHERE provider = $1 AND subject = $2",
        person.source, person.subject);
    if (row.step()) owner = row.integer(0);
  }
  if (owner && *owner != account) throw NotAdmitted("taken", "the identity is another account's");
  if (!owner) insert_identity(*writer, person, account);
  transaction.commit();
}

std::vector<std::string> Identities::sources(std::int64_t account) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT DISTINCT provider FROM external_identities WHERE account_id = $1 ORDER BY provider",
      account);
  std::vector<std::string> found;
  for (const sql::Statement& row : rows) found.push_back(row.text(0));
  return found;
}

bool Identities::disconnect(std::int64_t account, const std::string& source) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const auto removed = writer->execute(
      "DELETE FROM external_identities WHERE account_id = $1 AND provider = $2", account, source);
  {
    sql::Statement row = writer->query(
        "SELECT 1 FROM accounts WHERE id = $1 AND password_hash = '' AND NOT EXISTS "
        "(SELECT 1 FROM external_identities WHERE account_id = $1)",
        account);
    if (removed > 0 && row.step()) {
      throw Error(ErrorCode::kConflict, "nothing else lets you in: set a password first");
    }
  }
  transaction.commit();
  return removed > 0;
}

}  // namespace estiba::registry
