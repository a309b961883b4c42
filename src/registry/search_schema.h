// The tables of the search; SQLite's own full-text engine, so kept apart from the portable schema.
#pragma once

#include <string_view>

namespace estiba::registry {

inline constexpr std::string_view kSearchSchema = R"sql(
-- One row for each repository, rowid its id. Short prefixes are indexed: people search while they
-- type.
CREATE VIRTUAL TABLE search_index USING fts5 (
  name, description, tags, labels, annotations, tokenize = 'unicode61', prefix = '2 3'
);

-- Repositories whose row is out of date.
CREATE TABLE search_changes (repository_id INTEGER PRIMARY KEY);

INSERT INTO search_changes SELECT id FROM repositories;
CREATE TRIGGER search_repository_made AFTER INSERT ON repositories BEGIN
  INSERT OR IGNORE INTO search_changes VALUES (new.id);
END;
CREATE TRIGGER search_repository_changed AFTER UPDATE OF name, description ON repositories BEGIN
  INSERT OR IGNORE INTO search_changes VALUES (new.id);
END;
CREATE TRIGGER search_repository_removed AFTER DELETE ON repositories BEGIN
  INSERT OR IGNORE INTO search_changes VALUES (old.id);
END;
CREATE TRIGGER search_tag_made AFTER INSERT ON tags BEGIN
  INSERT OR IGNORE INTO search_changes VALUES (new.repository_id);
END;
CREATE TRIGGER search_tag_changed AFTER UPDATE ON tags BEGIN
  INSERT OR IGNORE INTO search_changes VALUES (new.repository_id);
END;
)sql";

}  // namespace estiba::registry
