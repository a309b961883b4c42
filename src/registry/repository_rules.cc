#include "registry/repository_rules.h"

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "registry/limits.h"
#include "registry/name_pattern.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

[[noreturn]] void fail_unknown_repository(const std::string& name) {
  throw Error(ErrorCode::kNotFound, "there is no repository \"" + name + "\"");
}

}  // namespace

std::int64_t RepositoryRules::id_of(const std::string& name) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query("SELECT id FROM repositories WHERE name = $1", name);
  if (!row.step()) fail_unknown_repository(name);
  return row.integer(0);
}

void RepositoryRules::set_immutable_tags(const std::string& name,
                                         const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) check_pattern(pattern);
  if (patterns.size() > kMaxImmutablePatterns) {
    throw Error(ErrorCode::kInvalidArgument, "a repository has at most " +
                                                 std::to_string(kMaxImmutablePatterns) +
                                                 " patterns of immutable tags");
  }
  if (metadata_.writer()->execute("UPDATE repositories SET immutable_tags = $1 WHERE name = $2",
                                  join(patterns, "\n"), name) == 0) {
    fail_unknown_repository(name);
  }
}

std::vector<std::string> RepositoryRules::immutable_tags(const std::string& name) {
  const auto reader = metadata_.reader();
  sql::Statement row =
      reader->query("SELECT immutable_tags FROM repositories WHERE name = $1", name);
  if (!row.step()) fail_unknown_repository(name);
  const std::string patterns = row.text(0);
  return patterns.empty() ? std::vector<std::string>() : split(patterns, '\n');
}

void RepositoryRules::remove(const std::string& name, const WithinChange& within) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  if (within) within(*writer);  // while it still has the name by which it is told of
  // The new name begins with '-', as no repository's does that a client can name.
  if (writer->execute(
          "UPDATE repositories SET deleted_at = $1, deleted_name = name, "
          "name = '-deleted-' || CAST(id AS TEXT) WHERE name = $2 AND deleted_at IS NULL",
          unix_seconds(now()), name) == 0) {
    fail_unknown_repository(name);
  }
  transaction.commit();
}

void RepositoryRules::restore(const std::string& name) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  {
    sql::Statement taken = writer->query("SELECT 1 FROM repositories WHERE name = $1", name);
    if (taken.step()) {
      throw Error(ErrorCode::kAlreadyExists, "there is a repository \"" + name + "\" again",
                  "delete that one first");
    }
  }
  if (writer->execute(
          "UPDATE repositories SET name = deleted_name, deleted_name = NULL, deleted_at = NULL "
          "WHERE id = (SELECT max(id) FROM repositories WHERE deleted_name = $1 AND deleted_at = "
          "(SELECT max(deleted_at) FROM repositories WHERE deleted_name = $1))",
          name) == 0) {
    throw Error(ErrorCode::kNotFound, "no repository \"" + name + "\" can be restored");
  }
  transaction.commit();
}

void RepositoryRules::set_create_on_push(const std::string& account, bool allowed) {
  if (metadata_.writer()->execute("UPDATE accounts SET create_on_push = $1 WHERE name = $2",
                                  allowed ? 1 : 0, account) == 0) {
    throw Error(ErrorCode::kNotFound, "there is no account \"" + account + "\"");
  }
}

bool RepositoryRules::create_on_push(std::int64_t account) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query("SELECT create_on_push FROM accounts WHERE id = $1", account);
  return row.step() && row.boolean(0);
}

}  // namespace estiba::registry
