// Whether metadata and files agree: `estiba admin check`.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "registry/blob_storage.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct CheckOptions {
  bool repair = false;
  // A younger file without a blob may be an upload that is just being recorded.
  std::chrono::seconds orphan_age{3600};
};

struct CheckProblem {
  std::string what;    // "orphan file", "missing file", ...
  std::string detail;  // which
  bool repaired = false;
};

struct CheckReport {
  std::size_t blobs = 0;
  std::size_t files = 0;
  std::size_t manifests = 0;
  std::vector<CheckProblem> problems;
};

// Also while the registry serves. Repairing deletes files that nothing knows and puts blobs whose
// file is missing or has the wrong length in quarantine, so that a push heals them; a blob that a
// manifest needs and its repository lost comes from another one that has it. Manifests that
// do not match their digest or lack something are only told: their bytes are in the backup.
[[nodiscard]] CheckReport check_consistency(sql::ConnectionPool& metadata, BlobStorage& storage,
                                            const CheckOptions& options,
                                            const std::stop_token& stop);

}  // namespace estiba::registry
