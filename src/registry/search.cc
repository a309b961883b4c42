#include "registry/search.h"

#include <algorithm>

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

// Words as quoted prefixes, so that nothing of the text is syntax: `a b/c` gives `"a"* "b"* "c"*`.
std::string match_expression(const std::string& text) {
  std::string expression;
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size() && words < kMaxSearchWords;) {
    if (!is_word_byte(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    expression += "\"" + text.substr(i, end - i) + "\"* ";
    i = end;
    ++words;
  }
  return expression;
}

// The weights are of name, description, tags, labels and annotations; lower is better. A name that
// is just what was asked for comes before all.
std::string matches_sql() {
  return "FROM search_index s JOIN repositories r ON r.id = s.rowid "
         "WHERE search_index MATCH $1 AND " +
         visible_sql("$2", "$3");
}

std::vector<std::int64_t> changed_repositories(sql::ConnectionPool& metadata, std::size_t limit) {
  const auto reader = metadata.reader();
  sql::Statement rows = reader->query("SELECT repository_id FROM search_changes LIMIT $1", limit);
  std::vector<std::int64_t> ids;
  for (const sql::Statement& row : rows) ids.push_back(row.integer(0));
  return ids;
}

}  // namespace

SearchPage Search::find(const Principal& principal, const SearchQuery& query) {
  update(kIndexedBySearch);
  SearchPage page;
  const std::string words = match_expression(query.text);
  if (words.empty()) return page;
  const std::int64_t account = principal.account ? principal.account->id : 0;
  const int admin = principal.account && principal.account->is_admin ? 1 : 0;
  const auto reader = metadata_.reader();
  {
    sql::Statement count = reader->query("SELECT count(*) " + matches_sql(), words, admin, account);
    if (count.step()) page.total = static_cast<std::size_t>(count.integer(0));
  }
  const std::size_t skipped = (std::max<std::size_t>(query.page, 1) - 1) * query.page_size;
  if (skipped >= page.total) return page;
  sql::Statement rows =
      reader->query("SELECT r.name, r.description, r.visibility " + matches_sql() +
                        " ORDER BY (r.name = $4 OR r.name LIKE '%/' || $4) DESC, "
                        "bm25(search_index, 10.0, 4.0, 2.0, 1.0, 1.0), r.name LIMIT $5 OFFSET $6",
                    words, admin, account, query.text, query.page_size, skipped);
  for (const sql::Statement& row : rows) {
    page.hits.push_back({row.text(0), row.text(1),
                         row.text(2) == "public" ? Visibility::kPublic : Visibility::kPrivate});
  }
  return page;
}

std::size_t Search::update(std::size_t limit) {
  const std::vector<std::int64_t> changed = changed_repositories(metadata_, limit);
  for (const std::int64_t id : changed) {
    // The note is taken away before the repository is read: what changes meanwhile notes it again.
    metadata_.writer()->execute("DELETE FROM search_changes WHERE repository_id = $1", id);
    const auto document = read_search_document(metadata_, blobs_, id);
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    writer->execute("DELETE FROM search_index WHERE rowid = $1", id);
    if (document) {
      writer->execute(
          "INSERT INTO search_index (rowid, name, description, tags, labels, annotations) "
          "VALUES ($1, $2, $3, $4, $5, $6)",
          id, document->name, document->description, document->tags, document->labels,
          document->annotations);
    }
    transaction.commit();
  }
  return changed.size();
}

}  // namespace estiba::registry
