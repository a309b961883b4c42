// Deleted manifests that can be restored until the undelete window has passed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct DeletedManifest {
  std::string digest;
  std::string media_type;
  Timestamp deleted_at;
  std::string deleted_by;
};

// All three within the caller's transaction.

// Ends the tags that mean the manifest and takes it out of sight; false when there is none. What it
// refers to is kept. kConflict when one of the tags is immutable.
[[nodiscard]] bool trash_manifest(sql::Connection& connection, std::int64_t repository,
                                  const std::string& digest, const std::string& account);
// Brings it and, of an index, its deleted entries back; false when it is not in the trash.
// kConflict when something that it needs is gone.
[[nodiscard]] bool restore_manifest(sql::Connection& connection, std::int64_t repository,
                                    const std::string& digest);
// Deletes it for good and queues what it referred to and what referred to it.
void purge_manifest(sql::Connection& connection, std::int64_t repository,
                    const std::string& digest);

[[nodiscard]] std::vector<DeletedManifest> list_trash(sql::Connection& connection,
                                                      std::int64_t repository);

}  // namespace estiba::registry
