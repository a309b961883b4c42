#include "registry/tags.h"

#include "base/error.h"
#include "base/time.h"
#include "registry/collection_queue.h"
#include "registry/name_pattern.h"
#include "sql/connection.h"

namespace estiba::registry {
void refuse_immutable(sql::Connection& connection, std::int64_t repository,
                      const std::string& tag) {
  sql::Statement row =
      connection.query("SELECT immutable_tags FROM repositories WHERE id = $1", repository);
  if (!row.step() || !matches_any_pattern(tag, row.text(0))) return;
  throw Error(ErrorCode::kConflict, "the tag " + tag + " is immutable: it stays where it points",
              "push another tag, or ask the repository's owner to change its rules");
}

bool end_tag(sql::Connection& connection, std::int64_t repository, const std::string& tag,
             const std::string& account) {
  queue_tag_target(connection, repository, tag);
  return connection.execute(
             "UPDATE tags SET ended_at = $1, ended_by = $2 "
             "WHERE repository_id = $3 AND name = $4 AND ended_at IS NULL",
             unix_seconds(now()), account, repository, tag) > 0;
}

std::optional<TagMove> move_tag(sql::Connection& connection, std::int64_t repository,
                                const std::string& tag, const Digest& digest,
                                const std::string& account) {
  TagMove move{tag, ""};
  {
    sql::Statement current = connection.query(
        "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND ended_at IS NULL",
        repository, tag);
    if (current.step()) {
      move.previous_digest = current.text(0);
      if (move.previous_digest == digest.to_string()) return std::nullopt;
      refuse_immutable(connection, repository, tag);
    }
  }
  end_tag(connection, repository, tag, account);
  connection.execute(
      "INSERT INTO tags (repository_id, name, digest, started_at, started_by) "
      "VALUES ($1, $2, $3, $4, $5)",
      repository, tag, digest.to_string(), unix_seconds(now()), account);
  return move;
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

std::optional<Digest> Tags::find(std::int64_t repository, const std::string& tag) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2 AND ended_at IS NULL",
      repository, tag);
  if (!row.step()) return std::nullopt;
  return Digest::parse(row.text(0));
}

void Tags::move(std::int64_t repository, const std::string& tag, const Digest& digest,
                const std::string& account,
                const std::function<void(sql::Connection&, const TagMove&)>& on_moved) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  {
    sql::Statement manifest =
        writer->query("SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2",
                      repository, digest.to_string());
    if (!manifest.step()) {
      throw Error(ErrorCode::kNotFound, "the repository has no manifest " + digest.to_string());
    }
  }
  const auto moved = move_tag(*writer, repository, tag, digest, account);
  if (moved) on_moved(*writer, *moved);
  transaction.commit();
}

bool Tags::end(std::int64_t repository, const std::string& tag, const std::string& account,
               const WithinChange& within) {
  bool ended = false;
  commits_.run([&](sql::Connection& writer) {
    ended = end_tag(writer, repository, tag, account);
    if (!ended) return;
    refuse_immutable(writer, repository, tag);
    within(writer);
  });
  return ended;
}

}  // namespace estiba::registry
