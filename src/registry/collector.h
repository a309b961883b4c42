// Garbage collection while the registry serves. There is no read-only mode and no lock beyond short
// transactions: candidates wait in the queue (collection_queue.h); a review decides by what is true
// in its own transaction, which also writes the tombstone (doomed_files) of a blob that it forgets;
// then the file is deleted, then the tombstone. A kill between any two steps leaves something that
// the next pass finishes.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "registry/blob_storage.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct CollectionOptions {
  // Between the loss of the last reference (or the last lease) and the review: longer than the
  // longest push.
  std::chrono::seconds delay{24L * 3600};
  // How long deleted and moved things can be brought back.
  std::chrono::seconds undelete_window{14L * 24 * 3600};
  std::chrono::seconds interval{60};  // between two passes of a server
};

struct CollectionReport {
  std::size_t repositories = 0;
  std::size_t manifests = 0;
  std::size_t blobs = 0;  // as repositories have them
  std::size_t files = 0;
  std::uint64_t freed_bytes = 0;
};

// Thread-safe, and several may run at once, also in several processes. Borrows both.
class Collector {
 public:
  Collector(sql::ConnectionPool& metadata, BlobStorage& storage, CollectionOptions options)
      : metadata_(metadata), storage_(storage), options_(options) {}

  // Everything that is due now.
  CollectionReport run(const std::stop_token& stop);
  // Files that no blob and no tombstone knows and that are older than the delay: a server was
  // killed between storing and recording. Returns how many were removed.
  std::size_t remove_orphans(const std::stop_token& stop);

 private:
  void purge_repositories(CollectionReport& report, const std::stop_token& stop);
  void purge_trash(CollectionReport& report, const std::stop_token& stop);
  void review(CollectionReport& report, const std::stop_token& stop);
  void delete_files(CollectionReport& report, const std::stop_token& stop);

  sql::ConnectionPool& metadata_;
  BlobStorage& storage_;
  const CollectionOptions options_;
};

}  // namespace estiba::registry
