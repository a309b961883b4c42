// Reads stored blobs again, slowly, to find damage before somebody needs them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "registry/blob_storage.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct ScrubOptions {
  std::uint64_t bytes_per_second = 8u << 20;       // 0: as fast as it goes
  std::chrono::seconds interval{30L * 24 * 3600};  // between two readings of one blob
};

struct ScrubReport {
  std::size_t read = 0;
  std::uint64_t read_bytes = 0;
  std::vector<std::string> damaged;  // digests, newly found
};

// A damaged or lost blob is put in quarantine: its file stays for whoever wants to look at it, but
// to clients the blob is missing, so the next push of it heals. Thread-safe. Borrows both.
class Scrubber {
 public:
  Scrubber(sql::ConnectionPool& metadata, BlobStorage& storage, ScrubOptions options)
      : metadata_(metadata), storage_(storage), options_(options) {}

  // Everything that was not read for the interval.
  ScrubReport run(const std::stop_token& stop);

 private:
  struct Blob {
    std::string digest;
    std::string storage_key;
    std::uint64_t size_bytes = 0;
  };
  [[nodiscard]] std::optional<Blob> next(std::int64_t read_before);
  [[nodiscard]] bool is_whole(const Blob& blob, const std::stop_token& stop) const;

  sql::ConnectionPool& metadata_;
  BlobStorage& storage_;
  const ScrubOptions options_;
};

// Unless it was replaced meanwhile. False when it was, or was in quarantine before.
bool quarantine_blob(sql::ConnectionPool& metadata, const std::string& digest,
                     const std::string& storage_key);

}  // namespace estiba::registry
