#include "registry/tags.h"

#include "base/time.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::int64_t end_tag(sql::Connection& connection, std::int64_t repository, const std::string& tag,
                     const std::string& account) {
  return connection.execute(
      "UPDATE tags SET ended_at = $1, ended_by = $2 "
      "WHERE repository_id = $3 AND name = $4 AND ended_at IS NULL",
      unix_seconds(now()), account, repository, tag);
}

}  // namespace

void move_tag(sql::Connection& connection, std::int64_t repository, const std::string& tag,
              const Digest& digest, const std::string& account) {
  {
    sql::Statement current = connection.query(
        "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND ended_at IS NULL",
        repository, tag);
    if (current.step() && current.text(0) == digest.to_string()) return;
  }
  end_tag(connection, repository, tag, account);
  connection.execute(
      "INSERT INTO tags (repository_id, name, digest, started_at, started_by) "
      "VALUES ($1, $2, $3, $4, $5)",
      repository, tag, digest.to_string(), unix_seconds(now()), account);
}

std::vector<std::string> Tags::list(std::int64_t repository, const std::string& last,
                                    std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT name FROM tags WHERE repository_id = $1 AND ended_at IS NULL AND name > $2 "
      "ORDER BY name LIMIT $3",
      repository, last, static_cast<std::int64_t>(count));
  std::vector<std::string> names;
  for (const sql::Statement& row : rows) names.push_back(row.text(0));
  return names;
}

bool Tags::end(std::int64_t repository, const std::string& tag, const std::string& account) {
  const auto writer = metadata_.writer();
  return end_tag(*writer, repository, tag, account) > 0;
}

}  // namespace estiba::registry
