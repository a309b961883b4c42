// The tables of the search; each engine has a full-text search of its own, so kept apart from the
// portable schema.
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

// The same in PostgreSQL's words. The weights A to D of `document` are those of the columns.
inline constexpr std::string_view kSearchSchemaPostgresql = R"sql(
CREATE TABLE search_index (repository_id BIGINT PRIMARY KEY, document TSVECTOR NOT NULL);
CREATE INDEX search_index_document ON search_index USING gin (document);
CREATE TABLE search_changes (repository_id BIGINT PRIMARY KEY);
INSERT INTO search_changes SELECT id FROM repositories;

CREATE FUNCTION search_note_repository() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_changes VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION search_note_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_changes VALUES (NEW.repository_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER search_repository_made AFTER INSERT OR DELETE ON repositories
  FOR EACH ROW EXECUTE FUNCTION search_note_repository();
CREATE TRIGGER search_repository_changed AFTER UPDATE OF name, description ON repositories
  FOR EACH ROW EXECUTE FUNCTION search_note_repository();
CREATE TRIGGER search_tag_made AFTER INSERT OR UPDATE ON tags
  FOR EACH ROW EXECUTE FUNCTION search_note_tag();
)sql";

}  // namespace estiba::registry
