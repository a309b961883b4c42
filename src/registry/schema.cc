#include "registry/schema.h"

#include <array>

#include "registry/account_schema.h"
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

// Deleted things that may come back, and what the collector has to look at (collection_queue.h).
constexpr std::string_view kVersion4 = R"sql(
-- Whether a push may make repositories below the account's name.
ALTER TABLE accounts ADD COLUMN create_on_push INTEGER NOT NULL DEFAULT 1;

ALTER TABLE repositories ADD COLUMN immutable_tags TEXT NOT NULL DEFAULT '';  -- patterns, one a line
-- A deleted repository has a name that no client can ask for until it is restored or purged.
ALTER TABLE repositories ADD COLUMN deleted_at BIGINT;
ALTER TABLE repositories ADD COLUMN deleted_name TEXT;
CREATE INDEX repositories_deleted ON repositories (deleted_at) WHERE deleted_at IS NOT NULL;

-- A damaged blob is kept but not served: to clients it is missing, so that they push it again.
ALTER TABLE blobs ADD COLUMN damaged_at BIGINT;
ALTER TABLE blobs ADD COLUMN scrubbed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX blobs_by_scrub ON blobs (scrubbed_at);

CREATE INDEX tags_of_digest ON tags (repository_id, digest, ended_at);

-- Manifests that were deleted and may be restored; they keep what they need.
CREATE TABLE deleted_manifests (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  digest        TEXT    NOT NULL,
  media_type    TEXT    NOT NULL,
  bytes         BLOB    NOT NULL,
  artifact_type TEXT    NOT NULL,
  annotations   TEXT    NOT NULL,
  subject       TEXT,
  created_at    BIGINT  NOT NULL,
  deleted_at    BIGINT  NOT NULL,
  deleted_by    TEXT    NOT NULL,
  PRIMARY KEY (repository_id, digest)
);
CREATE INDEX deleted_manifests_by_time ON deleted_manifests (deleted_at);
CREATE TABLE deleted_references (
  repository_id INTEGER NOT NULL,
  manifest      TEXT    NOT NULL,
  target        TEXT    NOT NULL,
  kind          TEXT    NOT NULL CHECK (kind IN ('blob', 'manifest')),
  PRIMARY KEY (repository_id, manifest, target),
  FOREIGN KEY (repository_id, manifest) REFERENCES deleted_manifests (repository_id, digest)
    ON DELETE CASCADE
);
CREATE INDEX deleted_references_by_target ON deleted_references (repository_id, target);

-- What may have lost its last reference, to be reviewed some time after queued_at.
CREATE TABLE collection_queue (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  kind          TEXT    NOT NULL CHECK (kind IN ('blob', 'manifest')),
  digest        TEXT    NOT NULL,
  queued_at     BIGINT  NOT NULL,
  held_until    BIGINT  NOT NULL DEFAULT 0,  -- a tag's history holds it
  PRIMARY KEY (repository_id, kind, digest)
);
CREATE INDEX collection_queue_by_time ON collection_queue (queued_at);
-- What a registry of the first version left behind is looked at once.
INSERT INTO collection_queue (repository_id, kind, digest, queued_at)
  SELECT repository_id, 'blob', digest, created_at FROM repository_blobs;
INSERT INTO collection_queue (repository_id, kind, digest, queued_at)
  SELECT DISTINCT t.repository_id, 'manifest', t.digest, m.created_at FROM tags t JOIN manifests m
    ON m.repository_id = t.repository_id AND m.digest = t.digest WHERE t.ended_at IS NOT NULL;

-- Files without a blob: to be deleted, then forgotten.
CREATE TABLE doomed_files (
  storage_key TEXT   PRIMARY KEY,
  doomed_at   BIGINT NOT NULL
);
-- While one lasts no file is deleted: a backup is copying.
CREATE TABLE collection_holds (
  id         TEXT   PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

-- A tag that the pattern of a rule matches ends when no rule keeps it.
CREATE TABLE retention_rules (
  id                   INTEGER PRIMARY KEY,
  repository_id        INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  pattern              TEXT    NOT NULL,
  keep_last            BIGINT,               -- the newest so many of those that match
  keep_younger_seconds BIGINT,
  enabled              INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX retention_rules_by_repository ON retention_rules (repository_id);

CREATE TABLE pull_counts (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  tag           TEXT    NOT NULL,            -- '' when pulled by digest
  digest        TEXT    NOT NULL,
  day           BIGINT  NOT NULL,            -- seconds since 1970 of its midnight
  pulls         BIGINT  NOT NULL,
  last_at       BIGINT  NOT NULL,
  PRIMARY KEY (repository_id, tag, digest, day)
);
)sql";

// A session is its file (uploads.cc).
constexpr std::string_view kVersion5 = "DROP TABLE upload_sessions";

constexpr std::string_view kVersion6 = R"sql(
-- What webhooks have not taken yet.
CREATE TABLE webhook_deliveries (
  id         INTEGER PRIMARY KEY,
  webhook    TEXT    NOT NULL,               -- its name in the configuration
  event_id   TEXT    NOT NULL,
  action     TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  attempts   INTEGER NOT NULL,
  due_ms     BIGINT  NOT NULL,               -- milliseconds since 1970
  created_ms BIGINT  NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_ms);
)sql";

constexpr std::string_view kVersion7 = R"sql(
-- Filled from an upstream: what its manifests refer to comes when it is asked for.
ALTER TABLE repositories ADD COLUMN is_proxied INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view kVersion9 = R"sql(
-- Webhooks that people set for their repositories, besides those of the configuration.
CREATE TABLE repository_webhooks (
  id            INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  url           TEXT    NOT NULL,
  events        TEXT    NOT NULL,            -- "push,tag"
  secret        TEXT    NOT NULL,            -- what signs its deliveries; '': nothing does
  created_at    BIGINT  NOT NULL
);
CREATE INDEX repository_webhooks_by_repository ON repository_webhooks (repository_id);
-- Of such a webhook; its deliveries have no name of the configuration's.
ALTER TABLE webhook_deliveries ADD COLUMN webhook_id INTEGER
  REFERENCES repository_webhooks (id) ON DELETE CASCADE;
CREATE INDEX webhook_deliveries_of_repositories ON webhook_deliveries (webhook_id, id)
  WHERE webhook_id IS NOT NULL;
)sql";

// The last tags of a repository that has a hundred thousand.
constexpr std::string_view kVersion10 =
    "CREATE INDEX tags_newest ON tags (repository_id, id) WHERE ended_at IS NULL;";

constexpr std::array<sql::Migration, 10> kMigrations = {
    {{1, kVersion1},
     {2, kVersion2},
     {3, kSearchSchema, kSearchSchemaPostgresql},
     {4, kVersion4},
     {5, kVersion5},
     {6, kVersion6},
     {7, kVersion7},
     {8, kAccountSchema},
     {9, kVersion9},
     {10, kVersion10}}};

}  // namespace

std::span<const sql::Migration> schema_migrations() {
  return kMigrations;
}

}  // namespace estiba::registry
