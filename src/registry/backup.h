// A registry as files elsewhere, and back.
//
//   DIR/registry.db        all metadata, whichever engine they came from
//   DIR/token-key.pem      so that tokens stay valid
//   DIR/blobs/<k0k1>/<key> as in the data directory
//
// registry.db appears last: a directory that has it is a whole backup.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "registry/blob_storage.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct BackupReport {
  std::size_t blobs = 0;
  std::size_t copied = 0;  // that were not there from an earlier backup
  std::uint64_t copied_bytes = 0;
};

struct BackupPlaces {
  std::string data_directory;
  std::string backup_directory;
};

// While the registry serves: one consistent state of the metadata, and every file that it needs. In
// a directory that holds an earlier backup only new files are copied and unneeded ones removed.
BackupReport back_up(sql::ConnectionPool& metadata, const BackupPlaces& places,
                     const std::stop_token& stop);

// Into a data directory without a registry, and an empty database when `database` names one.
// kAlreadyExists otherwise; kNotFound when there is no whole backup.
BackupReport restore_backup(const BackupPlaces& places, const std::string& database,
                            const std::stop_token& stop);

}  // namespace estiba::registry
