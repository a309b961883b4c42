#include "registry/search.h"

#include <algorithm>
#include <optional>
#include <span>

#include "registry/limits.h"
#include "registry/repositories.h"
#include "registry/search_document.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size() && words.size() < kMaxSearchWords;) {
    if (!is_word_byte(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    words.push_back(text.substr(i, end - i));
    i = end;
  }
  return words;
}

// Words as quoted prefixes, so that nothing of the text is syntax: `a b/c` gives `"a"* "b"* "c"*`
// for SQLite, `'a':* & 'b':* & 'c':*` for PostgreSQL.
std::string match_expression(sql::Engine engine, const std::string& text) {
  std::string expression;
  for (const std::string& word : words_of(text)) {
    if (engine == sql::Engine::kSqlite) {
      expression += "\"" + word + "\"* ";
    } else {
      expression += (expression.empty() ? "'" : " & '") + word + "':*";
    }
  }
  return expression;
}

// The weights are of name, description, tags, labels and annotations; lower is better. A name that
// is just what was asked for comes before all.
std::string matches_sql(sql::Engine engine, const Principal& principal) {
  if (engine == sql::Engine::kPostgresql) {
    return "FROM search_index s JOIN repositories r ON r.id = s.repository_id "
           "WHERE s.document @@ to_tsquery('simple', $1) AND " +
           visible_sql(principal, "$2", "$3");
  }
  return "FROM search_index s JOIN repositories r ON r.id = s.rowid "
         "WHERE search_index MATCH $1 AND " +
         visible_sql(principal, "$2", "$3");
}

std::string order_sql(sql::Engine engine) {
  const std::string rank = engine == sql::Engine::kSqlite
                               ? "bm25(search_index, 10.0, 4.0, 2.0, 1.0, 1.0)"
                               : "ts_rank(s.document, to_tsquery('simple', $1)) DESC";
  return " ORDER BY (r.name = $4 OR r.name LIKE '%/' || $4) DESC, " + rank +
         ", r.name LIMIT $5 OFFSET $6";
}

void forget_document(sql::Connection& writer, std::int64_t id) {
  writer.execute(writer.engine() == sql::Engine::kSqlite
                     ? "DELETE FROM search_index WHERE rowid = $1"
                     : "DELETE FROM search_index WHERE repository_id = $1",
                 id);
}

void index_document(sql::Connection& writer, std::int64_t id, const SearchDocument& document) {
  if (writer.engine() == sql::Engine::kSqlite) {
    writer.execute(
        "INSERT INTO search_index (rowid, name, description, tags, labels, annotations) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        id, document.name, document.description, document.tags, document.labels,
        document.annotations);
    return;
  }
  // Only words: PostgreSQL would take "ana/demo" for one, the name of a file.
  const auto part = [](const std::string& parameter, const std::string& weight) {
    return "setweight(to_tsvector('simple', regexp_replace(" + parameter +
           ", '[^[:alnum:]]+', ' ', 'g')), '" + weight + "')";
  };
  writer.execute("INSERT INTO search_index (repository_id, document) VALUES ($1, " +
                     part("$2", "A") + " || " + part("$3", "B") + " || " + part("$4", "C") +
                     " || " + part("$5", "D") + ")",
                 id, document.name, document.description, document.tags,
                 document.labels + " " + document.annotations);
}

std::vector<std::int64_t> changed_repositories(sql::ConnectionPool& metadata, std::size_t limit) {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query("SELECT repository_id FROM search_changes LIMIT $1", limit);
  std::vector<std::int64_t> ids;
  for (const sql::Statement& row : rows) ids.push_back(row.integer(0));
  return ids;
}

// Few commits for many, as a commit is what it costs. The notes are taken away before the
// repositories are read: what changes meanwhile notes it again.
void update_some(sql::ConnectionPool& metadata, Blobs& blobs,
                 std::span<const std::int64_t> changed) {
  {
    const auto writer = metadata.writer();
    sql::Transaction transaction(*writer);
    for (const std::int64_t id : changed) {
      writer->execute("DELETE FROM search_changes WHERE repository_id = $1", id);
    }
    transaction.commit();
  }
  std::vector<std::optional<SearchDocument>> documents;
  for (const std::int64_t id : changed) {
    documents.push_back(read_search_document(metadata, blobs, id));
  }
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    forget_document(*writer, changed[i]);
    if (documents[i]) index_document(*writer, changed[i], *documents[i]);
  }
  transaction.commit();
}

}  // namespace

SearchPage Search::find(const Principal& principal, const SearchQuery& query) {
  update(kIndexedBySearch);
  SearchPage page;
  const std::int64_t account = principal.account ? principal.account->id : 0;
  const int admin = principal.account && principal.account->is_admin ? 1 : 0;
  const auto reader = metadata_.reader();
  const sql::Engine engine = reader->engine();
  const std::string words = match_expression(engine, query.text);
  if (words.empty()) return page;
  {
    sql::Statement count =
        reader->query("SELECT count(*) " + matches_sql(engine, principal), words, admin, account);
    if (count.step()) page.total = static_cast<std::size_t>(count.integer(0));
  }
  const std::size_t skipped = (std::max<std::size_t>(query.page, 1) - 1) * query.page_size;
  if (skipped >= page.total) return page;
  sql::Statement rows = reader->query("SELECT r.name, r.description, r.visibility " +
                                          matches_sql(engine, principal) + order_sql(engine),
                                      words, admin, account, query.text, query.page_size, skipped);
  for (const sql::Statement& row : rows) {
    page.hits.push_back({row.text(0), row.text(1),
                         row.text(2) == "public" ? Visibility::kPublic : Visibility::kPrivate});
  }
  return page;
}

std::size_t Search::update(std::size_t limit) {
  const std::vector<std::int64_t> changed = changed_repositories(metadata_, limit);
  for (std::size_t begin = 0; begin < changed.size(); begin += kIndexedBySearch) {
    const std::size_t count = std::min(kIndexedBySearch, changed.size() - begin);
    update_some(metadata_, blobs_, std::span(changed).subspan(begin, count));
  }
  return changed.size();
}

}  // namespace estiba::registry
