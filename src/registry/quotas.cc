#include "registry/quotas.h"

#include <algorithm>

#include "base/size.h"
#include "registry/api_error.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::optional<std::uint64_t> find_limit(const std::map<std::string, std::uint64_t>& exceptions,
                                        const std::string& name,
                                        const std::optional<std::uint64_t>& general) {
  const auto found = exceptions.find(name);
  return found == exceptions.end() ? general : std::optional(found->second);
}

}  // namespace

std::optional<Quotas::Standing> Quotas::of_repository(const RepositoryView& repository) {
  const auto limit =
      find_limit(settings_.repositories, repository.name, settings_.repository_bytes);
  if (!limit) return std::nullopt;
  Standing standing{"the repository " + repository.name, *limit, 0};
  if (!repository.exists()) return standing;
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT coalesce(sum(b.size_bytes), 0) FROM repository_blobs l JOIN blobs b "
      "ON b.digest = l.digest WHERE l.repository_id = $1",
      *repository.id);
  if (row.step()) standing.used_bytes = static_cast<std::uint64_t>(row.integer(0));
  return standing;
}

std::optional<Quotas::Standing> Quotas::of_owner(const RepositoryView& repository) {
  if ((!settings_.owner_bytes && settings_.owners.empty()) || !repository.owner_id) {
    return std::nullopt;
  }
  const auto reader = metadata_.reader();
  std::string name;
  {
    sql::Statement row =
        reader->query("SELECT name FROM accounts WHERE id = $1", *repository.owner_id);
    if (row.step()) name = row.text(0);
  }
  const auto limit = find_limit(settings_.owners, name, settings_.owner_bytes);
  if (!limit) return std::nullopt;
  Standing standing{"the owner " + name, *limit, 0};
  sql::Statement row = reader->query(
      "SELECT coalesce(sum(size_bytes), 0) FROM blobs WHERE digest IN (SELECT l.digest "
      "FROM repository_blobs l JOIN repositories r ON r.id = l.repository_id "
      "WHERE r.owner_id = $1)",
      *repository.owner_id);
  if (row.step()) standing.used_bytes = static_cast<std::uint64_t>(row.integer(0));
  return standing;
}

void Quotas::check(const RepositoryView& repository, std::uint64_t size_bytes) {
  for (const auto& standing : {of_repository(repository), of_owner(repository)}) {
    if (!standing) continue;
    if (standing->room_bytes() >= std::max<std::uint64_t>(size_bytes, 1)) continue;
    throw ApiError(403, "DENIED",
                   "quota exceeded: " + standing->whose + " may store " +
                       format_size(standing->limit_bytes) + " and has " +
                       format_size(standing->used_bytes) +
                       (size_bytes == 0 ? std::string()
                                        : "; " + format_size(size_bytes) + " more do not fit"));
  }
}

std::optional<std::uint64_t> Quotas::room_bytes(const RepositoryView& repository) {
  std::optional<std::uint64_t> room;
  for (const auto& standing : {of_repository(repository), of_owner(repository)}) {
    if (standing) room = std::min(room.value_or(standing->room_bytes()), standing->room_bytes());
  }
  return room;
}

}  // namespace estiba::registry
