#include "registry/backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <set>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/time.h"
#include "registry/limits.h"
#include "registry/metadata_copy.h"
#include "registry/schema.h"
#include "sql/connection.h"
#include "sql/migration.h"

namespace estiba::registry {
namespace {

constexpr const char* kTokenKey = "/token-key.pem";

// Keeps the collector from deleting files while it lives; void some time after a kill.
class CollectionHold {
 public:
  explicit CollectionHold(sql::ConnectionPool& metadata)
      : metadata_(metadata), id_(random_hex(16)) {
    renew();
  }
  CollectionHold(const CollectionHold&) = delete;
  CollectionHold& operator=(const CollectionHold&) = delete;
  ~CollectionHold() {
    try {
      metadata_.writer()->execute("DELETE FROM collection_holds WHERE id = $1", id_);
    } catch (const Error&) {
      // It expires by itself.
    }
  }
  void renew() {
    const std::int64_t time = unix_seconds(now());
    if (time < renewed_at_ + kHoldLifetime.count() / 4) return;
    metadata_.writer()->execute(
        "INSERT INTO collection_holds (id, expires_at) VALUES ($1, $2) "
        "ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at",
        id_, time + kHoldLifetime.count());
    renewed_at_ = time;
  }

 private:
  sql::ConnectionPool& metadata_;
  const std::string id_;
  std::int64_t renewed_at_ = 0;
};

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (::unlink((path + suffix).c_str()) != 0 && errno != ENOENT) throw_errno("remove " + path);
  }
}

void rename_durably(const std::string& from, const std::string& to, const std::string& folder) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw_errno("rename " + from);
  sync_directory(folder);
}

void copy_file(const std::string& from, const std::string& to) {
  const UniqueFd target = open_file(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  FdSource source(open_file(from, O_RDONLY), from);
  FdSink sink(target.get(), to);
  copy(source, sink);
  sync_file(target.get(), to);
}

// One that is there with the same length is the same: keys are used once.
bool copy_blob_file(const std::string& from, const std::string& to, std::uint64_t size_bytes) {
  if (path_exists(to)) {
    const UniqueFd old = open_file(to, O_RDONLY);
    if (file_size(old.get(), to) == size_bytes) return false;
  }
  const std::string folder = to.substr(0, to.rfind('/'));
  make_directories(folder, 0700);
  const std::string partial = to + ".partial";
  copy_file(from, partial);
  rename_durably(partial, to, folder);
  return true;
}

struct BlobFile {
  std::string key;
  std::uint64_t size_bytes = 0;
};

std::vector<BlobFile> whole_blobs(sql::Connection& connection) {
  sql::Statement rows =
      connection.query("SELECT storage_key, size_bytes FROM blobs WHERE damaged_at IS NULL");
  std::vector<BlobFile> blobs;
  for (const sql::Statement& row : rows) {
    blobs.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1))});
  }
  return blobs;
}

struct CopyJob {
  const BlobStorage& from;
  const BlobStorage& to;
  CollectionHold* hold = nullptr;  // to be renewed
};

BackupReport copy_blobs(const std::vector<BlobFile>& blobs, const CopyJob& job,
                        const std::stop_token& stop) {
  BackupReport report;
  for (const BlobFile& blob : blobs) {
    if (stop.stop_requested()) throw Error(ErrorCode::kCancelled, "stopped on request");
    if (job.hold != nullptr) job.hold->renew();
    ++report.blobs;
    if (!copy_blob_file(job.from.path(blob.key), job.to.path(blob.key), blob.size_bytes)) continue;
    ++report.copied;
    report.copied_bytes += blob.size_bytes;
  }
  return report;
}

void remove_unneeded(const BlobStorage& storage, const std::vector<BlobFile>& blobs) {
  std::set<std::string> needed;
  for (const BlobFile& blob : blobs) needed.insert(blob.key);
  storage.for_each_file([&](const BlobStorage::StoredFile& file) {
    if (!needed.contains(file.key)) storage.remove(file.key);
  });
}

void copy_token_key(const std::string& from, const std::string& to) {
  if (!path_exists(from + kTokenKey)) return;
  write_file_atomically(to + kTokenKey, read_file(from + kTokenKey), 0600);
}

}  // namespace

BackupReport back_up(sql::ConnectionPool& metadata, const BackupPlaces& places,
                     const std::stop_token& stop) {
  const std::string& folder = places.backup_directory;
  make_directories(folder, 0700);
  const std::string unfinished = folder + "/registry.db.unfinished";
  remove_database(unfinished);
  CollectionHold hold(metadata);
  std::vector<BlobFile> blobs;
  {
    sql::Connection copied = sql::Connection::open_sqlite(unfinished);
    sql::migrate(copied, schema_migrations());
    copy_metadata(*metadata.reader(), copied);
    blobs = whole_blobs(copied);
  }
  const BlobStorage from(places.data_directory);
  const BlobStorage to(folder);
  const BackupReport report = copy_blobs(blobs, {from, to, &hold}, stop);
  copy_token_key(places.data_directory, folder);
  rename_durably(unfinished, folder + "/registry.db", folder);
  remove_unneeded(to, blobs);
  return report;
}

BackupReport restore_backup(const BackupPlaces& places, const std::string& database,
                            const std::stop_token& stop) {
  const std::string backup = places.backup_directory + "/registry.db";
  const std::string& data = places.data_directory;
  const std::string target = data + "/registry.db";
  if (!path_exists(backup)) {
    throw Error(ErrorCode::kNotFound, places.backup_directory + " holds no whole backup");
  }
  if (path_exists(target)) {
    throw Error(ErrorCode::kAlreadyExists, data + " holds a registry already",
                "restore into an empty directory");
  }
  make_directories(data, 0700);
  // Worked on as a copy: an older backup is brought to this schema without being touched.
  const std::string unfinished = data + "/registry.db.unfinished";
  remove_database(unfinished);
  copy_file(backup, unfinished);
  std::vector<BlobFile> blobs;
  {
    sql::Connection restored = sql::Connection::open_sqlite(unfinished);
    sql::migrate(restored, schema_migrations());
    blobs = whole_blobs(restored);
    if (!database.empty()) {
      sql::Connection server = sql::Connection::open(database);
      sql::migrate(server, schema_migrations());
      copy_metadata(restored, server);
    }
  }
  const BlobStorage from(places.backup_directory);
  const BlobStorage to(data);
  const BackupReport report = copy_blobs(blobs, {from, to}, stop);
  copy_token_key(places.backup_directory, data);
  if (database.empty()) {
    rename_durably(unfinished, target, data);
  } else {
    remove_database(unfinished);
  }
  return report;
}

}  // namespace estiba::registry
