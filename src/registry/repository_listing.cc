#include "registry/repository_listing.h"

#include "base/text.h"
#include "registry/repositories.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

// Ten columns of repositories r.
constexpr std::string_view kSummaryColumns =
    "r.name, coalesce((SELECT a.name FROM accounts a WHERE a.id = r.owner_id), ''), r.visibility, "
    "r.description, r.immutable_tags, r.created_at, "
    "(SELECT count(*) FROM tags t WHERE t.repository_id = r.id AND t.ended_at IS NULL), "
    "(SELECT count(*) FROM manifests m WHERE m.repository_id = r.id), "
    "(SELECT CAST(coalesce(sum(b.size_bytes), 0) AS BIGINT) FROM repository_blobs l "
    "JOIN blobs b ON b.digest = l.digest WHERE l.repository_id = r.id), "
    "(SELECT CAST(coalesce(sum(p.pulls), 0) AS BIGINT) FROM pull_counts p "
    "WHERE p.repository_id = r.id) ";

RepositorySummary read_summary(const sql::Statement& row) {
  const std::string patterns = row.text(4);
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          patterns.empty() ? std::vector<std::string>() : split(patterns, '\n'),
          from_unix_seconds(row.integer(5)),
          row.integer(6),
          row.integer(7),
          row.integer(8),
          row.integer(9)};
}

std::int64_t account_id(const Principal& principal) {
  return principal.account ? principal.account->id : 0;
}

}  // namespace

std::vector<RepositorySummary> list_repositories(sql::ConnectionPool& metadata,
                                                 const Principal& principal,
                                                 const RepositoryQuery& query) {
  const int admin = principal.account && principal.account->is_admin ? 1 : 0;
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT " + std::string(kSummaryColumns) + "FROM repositories r WHERE r.name > $1 AND " +
          visible_sql(principal, "$2", "$3") +
          " AND ($4 = '' OR r.owner_id = (SELECT a.id FROM accounts a WHERE a.name = $4)) "
          "ORDER BY r.name LIMIT $5",
      query.after, admin, account_id(principal), query.owner,
      static_cast<std::int64_t>(query.count));
  std::vector<RepositorySummary> found;
  for (const sql::Statement& row : rows) found.push_back(read_summary(row));
  return found;
}

std::optional<RepositorySummary> summarize_repository(sql::ConnectionPool& metadata,
                                                      std::int64_t repository) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query("SELECT " + std::string(kSummaryColumns) +
                                         "FROM repositories r WHERE r.id = $1 AND "
                                         "r.deleted_at IS NULL",
                                     repository);
  if (!row.step()) return std::nullopt;
  return read_summary(row);
}

std::vector<DeletedRepository> list_deleted_repositories(sql::ConnectionPool& metadata,
                                                         const Principal& principal) {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT r.deleted_name, r.deleted_at, r.id, r.owner_id, r.visibility, p.role "
      "FROM repositories r LEFT JOIN permissions p "
      "ON p.repository_id = r.id AND p.account_id = $1 WHERE r.deleted_at IS NOT NULL "
      "ORDER BY r.deleted_at DESC, r.id DESC",
      account_id(principal));
  std::vector<DeletedRepository> found;
  for (const sql::Statement& row : rows) {
    RepositoryView view;
    view.name = row.text(0);
    view.id = row.integer(2);
    view.owner_id = row.optional_integer(3);
    view.visibility = parse_visibility_name(row.text(4));
    view.role = parse_role_name(row.optional_text(5));
    if (!allowed(principal, Action::kDelete, view)) continue;
    found.push_back({view.name, from_unix_seconds(row.integer(1))});
  }
  return found;
}

Principal operator_principal() {
  return {Account{.id = 0, .name = "administrator", .is_admin = true}};
}

}  // namespace estiba::registry
