// How much a repository and its owner may store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "registry/access.h"
#include "registry/settings.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows the database. Blobs count once in a repository, and once for an owner.
class Quotas {
 public:
  Quotas(sql::ConnectionPool& metadata, QuotaSettings settings)
      : metadata_(metadata), settings_(std::move(settings)) {}

  [[nodiscard]] const QuotaSettings& settings() const { return settings_; }
  // Throws the refusal (403 DENIED, with the figures) unless `size_bytes` more fit. With 0 it asks
  // whether anything does.
  void check(const RepositoryView& repository, std::uint64_t size_bytes);
  // What still fits; nothing: no limit.
  [[nodiscard]] std::optional<std::uint64_t> room_bytes(const RepositoryView& repository);

 private:
  struct Standing {
    std::string whose;  // "the repository ana/demo"
    std::uint64_t limit_bytes = 0;
    std::uint64_t used_bytes = 0;
    [[nodiscard]] std::uint64_t room_bytes() const {
      return limit_bytes > used_bytes ? limit_bytes - used_bytes : 0;
    }
  };
  [[nodiscard]] std::optional<Standing> of_repository(const RepositoryView& repository);
  [[nodiscard]] std::optional<Standing> of_owner(const RepositoryView& repository);

  sql::ConnectionPool& metadata_;
  const QuotaSettings settings_;
};

}  // namespace estiba::registry
