#include "registry/schema.h"

#include <array>

#include "registry/search_schema.h"

namespace estiba::registry {
namespace {

// Times are seconds since 1970, UTC. Digests are "sha256:...". The dialect is what SQLite and
// PostgreSQL share.
constexpr std::string_view kVersion1 = R"sql(
-- Who may log in. A name is also the first part of the repositories that its owner may create.
CREATE TABLE accounts (
  id            INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL UNIQUE,
  password_hash TEXT    NOT NULL,            -- argon2id, encoded with its parameters
  is_admin      INTEGER NOT NULL DEFAULT 0,
  created_at    BIGINT  NOT NULL
);

CREATE TABLE repositories (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,        -- "team/demo"
  owner_id   INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
  visibility TEXT    NOT NULL CHECK (visibility IN ('public', 'private')),
  created_at BIGINT  NOT NULL
);

-- Besides the owner: read pulls, write also pushes, admin also deletes and changes settings.
CREATE TABLE permissions (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  account_id    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role          TEXT    NOT NULL CHECK (role IN ('read', 'write', 'admin')),
  PRIMARY KEY (repository_id, account_id)
);

-- Content that is stored. The key names the file and has nothing to do with the digest, so that
-- bytes can be replaced, moved and deleted without a moment in which a digest means two files.
CREATE TABLE blobs (
  digest      TEXT   PRIMARY KEY,
  storage_key TEXT   NOT NULL UNIQUE,
  size_bytes  BIGINT NOT NULL,
  created_at  BIGINT NOT NULL
);

-- Through which repositories a blob may be read: a digest alone opens nothing.
CREATE TABLE repository_blobs (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  digest        TEXT    NOT NULL REFERENCES blobs (digest),
  created_at    BIGINT  NOT NULL,
  PRIMARY KEY (repository_id, digest)
);
CREATE INDEX repository_blobs_by_digest ON repository_blobs (digest);

CREATE TABLE manifests (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  digest        TEXT    NOT NULL,
  media_type    TEXT    NOT NULL,
  bytes         BLOB    NOT NULL,            -- exactly as they were pushed
  artifact_type TEXT    NOT NULL DEFAULT '',
  annotations   TEXT    NOT NULL DEFAULT '{}',
  subject       TEXT,                        -- the digest that this manifest refers to
  created_at    BIGINT  NOT NULL,
  PRIMARY KEY (repository_id, digest)
);
CREATE INDEX manifests_by_subject ON manifests (repository_id, subject);

-- What a manifest needs: its config and layers (blob), an index's entries (manifest).
CREATE TABLE manifest_references (
  repository_id INTEGER NOT NULL,
  manifest      TEXT    NOT NULL,
  target        TEXT    NOT NULL,
  kind          TEXT    NOT NULL CHECK (kind IN ('blob', 'manifest')),
  PRIMARY KEY (repository_id, manifest, target),
  FOREIGN KEY (repository_id, manifest) REFERENCES manifests (repository_id, digest)
    ON DELETE CASCADE
);
CREATE INDEX manifest_references_by_target ON manifest_references (repository_id, target);

-- A tag is an interval of time in which a name meant a digest; the one without an end is now.
CREATE TABLE tags (
  id            INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  name          TEXT    NOT NULL,
  digest        TEXT    NOT NULL,
  started_at    BIGINT  NOT NULL,
  started_by    TEXT    NOT NULL,            -- account name, '' for nobody
  ended_at      BIGINT,
  ended_by      TEXT
);
CREATE UNIQUE INDEX tags_now ON tags (repository_id, name) WHERE ended_at IS NULL;
CREATE INDEX tags_history ON tags (repository_id, name, started_at);
CREATE INDEX tags_by_digest ON tags (repository_id, digest) WHERE ended_at IS NULL;

-- Blobs that are arriving. The offset is the size of the session's file.
CREATE TABLE upload_sessions (
  id            TEXT    PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  account_id    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at    BIGINT  NOT NULL,
  used_at       BIGINT  NOT NULL
);
CREATE INDEX upload_sessions_by_use ON upload_sessions (used_at);
)sql";

constexpr std::string_view kVersion2 =
    "ALTER TABLE repositories ADD COLUMN description TEXT NOT NULL DEFAULT '';";

constexpr std::array<sql::Migration, 3> kMigrations = {
    {{1, kVersion1}, {2, kVersion2}, {3, kSearchSchema}}};

}  // namespace

std::span<const sql::Migration> schema_migrations() {
  return kMigrations;
}

}  // namespace estiba::registry
