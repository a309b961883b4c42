// The repositories of a registry.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/access.h"
#include "registry/limits.h"
#include "registry/read_cache.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows the database.
class Repositories {
 public:
  explicit Repositories(sql::ConnectionPool& metadata)
      : metadata_(metadata), views_(metadata, kMaxKeptLookups) {}

  // The repository as `principal` stands to it; one that does not exist has only its name.
  [[nodiscard]] RepositoryView view(const std::string& name, const Principal& principal);
  // The one of this name that was deleted last, as `principal` stands to it.
  [[nodiscard]] RepositoryView view_deleted(const std::string& name, const Principal& principal);
  // Tells which names belong to upstreams, whether they are here or not, and who sees them. Set
  // before anything is served.
  void set_proxied(std::function<std::optional<Visibility>(const std::string& name)> proxied) {
    proxied_ = std::move(proxied);
  }
  // The namespace as `principal` stands to it; one that does not exist has only its name.
  [[nodiscard]] NamespaceView namespace_view(const std::string& name, const Principal& principal);
  // From now on it is known to be filled from an upstream.
  void mark_proxied(std::int64_t repository);
  // Owned by the organisation of its name's first part, where there is one. kAlreadyExists;
  // kInvalidArgument for a name that cannot be.
  void create(const std::string& name, const Principal& owner, Visibility visibility);
  // The id of the repository, made when missing.
  std::int64_t ensure(const std::string& name, const Principal& owner, Visibility visibility);
  void set_description(const std::string& name, std::string_view description);  // kNotFound
  void set_visibility(const std::string& name, Visibility visibility);          // kNotFound
  // Names after `last`, in order, that the principal may pull; up to `count`.
  [[nodiscard]] std::vector<std::string> list(const Principal& principal, const std::string& last,
                                              std::size_t count);

 private:
  [[nodiscard]] RepositoryView read_view(const std::string& name, std::int64_t account);

  sql::ConnectionPool& metadata_;
  ReadCache<RepositoryView> views_;
  std::function<std::optional<Visibility>(const std::string& name)> proxied_;
};

// The condition on repositories (as r) for what the principal may pull: `allowed` in SQL's words.
// The named parameters are to be 1 for administrators, and the account's id, 0 for nobody.
[[nodiscard]] std::string visible_sql(const Principal& principal, const std::string& admin,
                                      const std::string& account);
// The condition that `column` is the account or one of its teams.
[[nodiscard]] std::string grantee_sql(const std::string& column, const std::string& account);
[[nodiscard]] std::string_view visibility_name(Visibility visibility);
// As the database has them.
[[nodiscard]] Visibility parse_visibility_name(const std::string& text);
[[nodiscard]] std::optional<Role> parse_role_name(const std::optional<std::string>& text);

}  // namespace estiba::registry
