// The tables of accounts and of what they may do. Secrets are kept as hashes only.
#pragma once

#include <string_view>

namespace estiba::registry {

inline constexpr std::string_view kAccountSchema = R"sql(
-- Names are of users, of organisations, of an organisation's teams ("org:team") and of a
-- namespace's robots ("namespace+robot"). Users and robots can be identified, the others can't.
ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'user'
  CHECK (kind IN ('user', 'organisation', 'team', 'robot'));
-- Of a team its organisation, of a robot its namespace.
ALTER TABLE accounts ADD COLUMN parent_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE;
ALTER TABLE accounts ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
-- Raised when the password changes: what was signed with the old one is void.
ALTER TABLE accounts ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN totp_secret TEXT;
ALTER TABLE accounts ADD COLUMN totp_confirmed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN totp_used_step BIGINT NOT NULL DEFAULT 0;  -- a code is good once
CREATE INDEX accounts_by_parent ON accounts (parent_id, kind);
CREATE INDEX repositories_by_owner ON repositories (owner_id);

CREATE TABLE team_members (
  team_id    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  added_at   BIGINT  NOT NULL,
  PRIMARY KEY (team_id, account_id)
);
CREATE INDEX team_members_by_account ON team_members (account_id);
CREATE INDEX permissions_by_account ON permissions (account_id);

-- On all repositories whose owner the namespace is; the account may be a team or a robot.
CREATE TABLE namespace_permissions (
  namespace_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  account_id   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role         TEXT    NOT NULL CHECK (role IN ('read', 'write', 'admin')),
  PRIMARY KEY (namespace_id, account_id)
);
CREATE INDEX namespace_permissions_by_account ON namespace_permissions (account_id);
-- Copied to the permissions of each repository that is made there.
CREATE TABLE default_permissions (
  namespace_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  account_id   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role         TEXT    NOT NULL CHECK (role IN ('read', 'write', 'admin')),
  PRIMARY KEY (namespace_id, account_id)
);

CREATE TABLE tokens (
  id           INTEGER PRIMARY KEY,
  account_id   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind         TEXT    NOT NULL CHECK (kind IN ('application', 'encrypted-password', 'robot')),
  title        TEXT    NOT NULL,
  secret_hash  TEXT    NOT NULL UNIQUE,       -- SHA-256: the secret has 256 random bits
  role         TEXT    NOT NULL CHECK (role IN ('read', 'write', 'admin')),
  repositories TEXT    NOT NULL DEFAULT '',   -- patterns, one a line; '' for all
  created_at   BIGINT  NOT NULL,
  expires_at   BIGINT,
  used_at      BIGINT,
  used_from    TEXT
);
CREATE INDEX tokens_by_account ON tokens (account_id);

CREATE TABLE sessions (
  id          INTEGER PRIMARY KEY,
  account_id  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  secret_hash TEXT    NOT NULL UNIQUE,
  created_at  BIGINT  NOT NULL,
  used_at     BIGINT  NOT NULL,
  expires_at  BIGINT  NOT NULL,
  address     TEXT    NOT NULL,
  user_agent  TEXT    NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE recovery_codes (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  code_hash  TEXT    NOT NULL,
  PRIMARY KEY (account_id, code_hash)
);

-- The link of the first start has the kind setup.
CREATE TABLE invitations (
  id          INTEGER PRIMARY KEY,
  kind        TEXT    NOT NULL CHECK (kind IN ('setup', 'sign-up')),
  secret_hash TEXT    NOT NULL UNIQUE,
  email       TEXT    NOT NULL,
  created_by  TEXT    NOT NULL,
  created_at  BIGINT  NOT NULL,
  expires_at  BIGINT  NOT NULL
);

-- Who somebody is elsewhere.
CREATE TABLE external_identities (
  provider   TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (provider, subject)
);
-- Those who were sent to a provider and have not come back.
CREATE TABLE external_sign_ins (
  state_hash TEXT   PRIMARY KEY,
  provider   TEXT   NOT NULL,
  nonce      TEXT   NOT NULL,
  verifier   TEXT   NOT NULL,
  return_to  TEXT   NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE audit (
  id         INTEGER PRIMARY KEY,
  at         BIGINT  NOT NULL,
  actor      TEXT    NOT NULL,                -- account name, '' for nobody
  credential TEXT    NOT NULL,                -- session, password, token:ID
  address    TEXT    NOT NULL,
  action     TEXT    NOT NULL,
  target     TEXT    NOT NULL,
  outcome    TEXT    NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  status     INTEGER NOT NULL,
  detail     TEXT    NOT NULL,
  request_id TEXT    NOT NULL
);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_target ON audit (target, id);

CREATE TABLE messages (
  id         INTEGER PRIMARY KEY,
  severity   TEXT    NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  text       TEXT    NOT NULL,
  created_at BIGINT  NOT NULL
);
)sql";

}  // namespace estiba::registry
