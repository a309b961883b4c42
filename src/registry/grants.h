// Who has which role: on a repository, on a namespace, and on what will be made in a namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/access.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

enum class GrantKind { kRepository, kNamespace, kDefault };

struct Grant {
  std::int64_t account_id = 0;
  std::string grantee;  // "ana", "org:team", "ana+robot"
  AccountKind kind = AccountKind::kUser;
  Role role = Role::kRead;
};

// Thread-safe. Borrows the database. `on` is the repository's id, or the namespace's.
class Grants {
 public:
  explicit Grants(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  // After the account id `after`, up to `count`.
  [[nodiscard]] std::vector<Grant> list(GrantKind kind, std::int64_t on, std::int64_t after,
                                        std::size_t count);
  // kNotFound for a grantee that is none.
  Grant set(GrantKind kind, std::int64_t on, const std::string& grantee, Role role);
  // False when there was none.
  [[nodiscard]] bool remove(GrantKind kind, std::int64_t on, const std::string& grantee);

 private:
  sql::ConnectionPool& metadata_;
};

}  // namespace estiba::registry
