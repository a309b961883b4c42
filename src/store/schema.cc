#include "store/schema.h"

#include <array>

namespace estiba::store {
namespace {

// Digests are text ("sha256:..."), times are nanoseconds since 1970, sizes are bytes.
constexpr std::string_view kVersion1 = R"sql(

-- A layer, by the digest of its uncompressed tar. The row says which files exist below
-- layers/<algorithm>/<hex>/; a file without a row is garbage, a row without its file is damage.
CREATE TABLE layers (
  diff_id   TEXT PRIMARY KEY,
  -- Of the uncompressed tar: exact once there was one, until then what the blob's trailer claims.
  size      INTEGER NOT NULL,
  has_tar   INTEGER NOT NULL DEFAULT 0,
  has_index INTEGER NOT NULL DEFAULT 0,
  has_tree  INTEGER NOT NULL DEFAULT 0,
  -- 0: the files were not synced to disk yet, and exist only until the boot `boot_id` ends.
  durable   INTEGER NOT NULL,
  boot_id   TEXT NOT NULL,
  created   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX layers_not_durable ON layers(boot_id) WHERE durable = 0;

-- Which blobs are said to be which layer. A claim is only believed (verified) once the blob was
-- uncompressed and matched; a claim that was refuted is deleted.
CREATE TABLE layer_blobs (
  diff_id    TEXT NOT NULL REFERENCES layers(diff_id),
  blob       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size       INTEGER NOT NULL,
  verified   INTEGER NOT NULL,
  learned    INTEGER NOT NULL,
  PRIMARY KEY (diff_id, blob)
) WITHOUT ROWID;
CREATE INDEX layer_blobs_by_blob ON layer_blobs(blob);

-- Where a blob was seen: lets push mount it from a neighbouring repository.
CREATE TABLE blob_locations (
  blob       TEXT NOT NULL,
  registry   TEXT NOT NULL,
  repository TEXT NOT NULL,
  seen       INTEGER NOT NULL,
  PRIMARY KEY (blob, registry, repository)
) WITHOUT ROWID;

-- An image, by the digest of its config.
CREATE TABLE images (
  id           TEXT PRIMARY KEY,
  config       BLOB NOT NULL,               -- the exact bytes
  parent       TEXT,                        -- what it was built on; may be gone
  created      INTEGER,                     -- as the config says
  intermediate INTEGER NOT NULL,            -- a build step's image that nobody asked for by itself
  added        INTEGER NOT NULL
);
CREATE INDEX images_by_parent ON images(parent) WHERE parent IS NOT NULL;

CREATE TABLE image_layers (
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,                -- 0 is the lowest
  diff_id  TEXT NOT NULL REFERENCES layers(diff_id),
  PRIMARY KEY (image_id, position)
) WITHOUT ROWID;
CREATE INDEX image_layers_by_layer ON image_layers(diff_id);

CREATE TABLE tags (
  registry TEXT NOT NULL,
  path     TEXT NOT NULL,
  tag      TEXT NOT NULL,
  image_id TEXT NOT NULL REFERENCES images(id),
  PRIMARY KEY (registry, path, tag)
) WITHOUT ROWID;
CREATE INDEX tags_by_image ON tags(image_id);

-- Manifests and indexes, by digest.
CREATE TABLE manifests (
  digest     TEXT PRIMARY KEY,
  media_type TEXT NOT NULL,
  bytes      BLOB NOT NULL                  -- the exact bytes
);

-- The manifests under which an image is known anywhere.
CREATE TABLE image_manifests (
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  digest   TEXT NOT NULL REFERENCES manifests(digest),
  added    INTEGER NOT NULL,
  PRIMARY KEY (image_id, digest)
) WITHOUT ROWID;
CREATE INDEX image_manifests_by_digest ON image_manifests(digest);

-- NAME@DIGEST. One manifest may give different images on different platforms: the last one counts.
CREATE TABLE repository_digests (
  registry TEXT NOT NULL,
  path     TEXT NOT NULL,
  digest   TEXT NOT NULL REFERENCES manifests(digest),
  image_id TEXT NOT NULL REFERENCES images(id),
  PRIMARY KEY (registry, path, digest)
) WITHOUT ROWID;
CREATE INDEX repository_digests_by_image ON repository_digests(image_id);
CREATE INDEX repository_digests_by_digest ON repository_digests(digest);

-- What a build step with this key made. The layer is kept as long as the entry.
CREATE TABLE build_cache (
  key         TEXT PRIMARY KEY,
  layer       TEXT REFERENCES layers(diff_id), -- NULL: the step changed only the config
  description TEXT NOT NULL,
  created     INTEGER NOT NULL,
  last_used   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX build_cache_by_layer ON build_cache(layer) WHERE layer IS NOT NULL;

-- Containers, so that their images are known to be in use. All else about them is in containers/.
CREATE TABLE containers (
  id       TEXT PRIMARY KEY,
  image_id TEXT NOT NULL REFERENCES images(id),
  name     TEXT UNIQUE,
  created  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX containers_by_image ON containers(image_id);

-- What running processes need. Void once the process is dead.
CREATE TABLE leases (
  id            TEXT PRIMARY KEY,
  pid           INTEGER NOT NULL,
  start_time    INTEGER NOT NULL,           -- in ticks since boot
  boot_id       TEXT NOT NULL,
  pid_namespace TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE lease_items (
  lease_id TEXT NOT NULL REFERENCES leases(id) ON DELETE CASCADE,
  kind     TEXT NOT NULL,                   -- 'blob', 'layer' or 'image'
  digest   TEXT NOT NULL,
  PRIMARY KEY (lease_id, kind, digest)
) WITHOUT ROWID;
CREATE INDEX lease_items_by_digest ON lease_items(kind, digest);
)sql";

constexpr std::string_view kVersion2 = R"sql(

-- The exact manifest or index that a tag stands for, where that was decided when it was built. NULL:
-- a manifest is made when the image is pushed.
ALTER TABLE tags ADD COLUMN target TEXT REFERENCES manifests(digest);
CREATE INDEX tags_by_target ON tags(target) WHERE target IS NOT NULL;

-- The images that an index built here binds together, each under its exact manifest.
CREATE TABLE index_images (
  digest   TEXT NOT NULL REFERENCES manifests(digest) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  manifest TEXT NOT NULL REFERENCES manifests(digest),
  PRIMARY KEY (digest, position)
) WITHOUT ROWID;
CREATE INDEX index_images_by_image ON index_images(image_id);
CREATE INDEX index_images_by_manifest ON index_images(manifest);

-- The settings by which a blob was compressed here; NULL: it came from elsewhere.
ALTER TABLE layer_blobs ADD COLUMN made_by TEXT;
)sql";

constexpr std::array<sql::Migration, 2> kMigrations = {
    {{.version = 1, .sql = kVersion1}, {.version = 2, .sql = kVersion2}}};

}  // namespace

std::span<const sql::Migration> schema_migrations() {
  return kMigrations;
}

}  // namespace estiba::store
