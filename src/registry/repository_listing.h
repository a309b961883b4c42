// Repositories with their figures, as lists of them show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "registry/access.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct RepositorySummary {
  std::string name;
  std::string owner;  // '' for nobody
  std::string visibility;
  std::string description;
  std::vector<std::string> immutable_tags;  // patterns
  Timestamp created_at;
  std::int64_t tags = 0;
  std::int64_t manifests = 0;
  std::int64_t size_bytes = 0;  // of its blobs, each counted once
  std::int64_t pulls = 0;
};

struct RepositoryQuery {
  std::string after;    // names after this one, in order
  std::string owner{};  // an account's only, unless empty
  std::size_t count = 0;
};

// What the principal may pull.
[[nodiscard]] std::vector<RepositorySummary> list_repositories(sql::ConnectionPool& metadata,
                                                               const Principal& principal,
                                                               const RepositoryQuery& query);
// Nothing when it is gone.
[[nodiscard]] std::optional<RepositorySummary> summarize_repository(sql::ConnectionPool& metadata,
                                                                    std::int64_t repository);

struct DeletedRepository {
  std::string name;
  Timestamp deleted_at;
};
// Those that the principal may delete, and so restore; the last deleted first.
[[nodiscard]] std::vector<DeletedRepository> list_deleted_repositories(
    sql::ConnectionPool& metadata, const Principal& principal);

// Who runs the commands beside the server.
[[nodiscard]] Principal operator_principal();

}  // namespace estiba::registry
