// What owners and administrators decide about a repository, its deletion among it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "registry/tags.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows the database. Whoever names a repository that is not there gets kNotFound.
class RepositoryRules {
 public:
  explicit RepositoryRules(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  [[nodiscard]] std::int64_t id_of(const std::string& name);
  // Tags that match one of the patterns can be made, but neither moved nor ended.
  void set_immutable_tags(const std::string& name, const std::vector<std::string>& patterns);
  [[nodiscard]] std::vector<std::string> immutable_tags(const std::string& name);
  // Out of sight at once and gone for good when the undelete window has passed; its name is free.
  void remove(const std::string& name, const WithinChange& within = {});
  // The one of that name that was deleted last. kAlreadyExists when the name was taken meanwhile.
  void restore(const std::string& name);
  // Whether pushes of this account may make repositories; kNotFound for an unknown account.
  void set_create_on_push(const std::string& account, bool allowed);
  [[nodiscard]] bool create_on_push(std::int64_t account);

 private:
  sql::ConnectionPool& metadata_;
};

}  // namespace estiba::registry
