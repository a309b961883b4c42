// Which blobs there are, and through which repositories they may be read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "oci/digest.h"
#include "registry/blob_storage.h"
#include "registry/limits.h"
#include "registry/read_cache.h"
#include "sql/connection_pool.h"
#include "sql/group_commit.h"

namespace estiba::registry {

struct StoredBlob {
  std::string storage_key;
  std::uint64_t size_bytes = 0;
  std::optional<std::int64_t> queued_at{};  // since when the collector has it in view
};

// Thread-safe. Borrows all.
class Blobs {
 public:
  // Whoever opens a blob that the collector has had in view for longer than `lease_age` renews its
  // lease, which costs a commit.
  Blobs(sql::ConnectionPool& metadata, sql::GroupCommit& commits, BlobStorage& storage,
        std::chrono::seconds lease_age = kLeaseAge)
      : metadata_(metadata),
        commits_(commits),
        storage_(storage),
        lease_age_(lease_age),
        found_(metadata, kMaxKeptLookups) {}

  // The blob as this repository has it; a damaged one is as good as missing.
  [[nodiscard]] std::optional<StoredBlob> find(std::int64_t repository, const Digest& digest);
  // Its open file, for HEAD too, which is told to somebody who will count on it; looks again when
  // the bytes were replaced in between. Nothing when unknown.
  struct OpenBlob {
    UniqueFd fd;
    std::uint64_t size_bytes = 0;
  };
  [[nodiscard]] std::optional<OpenBlob> open(std::int64_t repository, const Digest& digest);
  // Records bytes that are durable under `storage_key`; they replace those that were there before,
  // so pushing again repairs a damaged blob.
  void add(std::int64_t repository, const Digest& digest, const StoredBlob& blob);
  // Makes a blob of another repository readable here. False when it does not have it.
  [[nodiscard]] bool mount(std::int64_t repository, std::int64_t from, const Digest& digest);
  // Names of repositories that have it, this account's own first, up to `count`.
  [[nodiscard]] std::vector<std::string> repositories_with(const Digest& digest,
                                                           std::int64_t account, std::size_t count);
  // Takes the blob out of the repository; the bytes go when no other has it. False when unknown.
  [[nodiscard]] bool remove(std::int64_t repository, const Digest& digest);

 private:
  [[nodiscard]] std::optional<StoredBlob> read(std::int64_t repository, const std::string& digest);
  void renew_lease(std::int64_t repository, const Digest& digest, const StoredBlob& blob);

  sql::ConnectionPool& metadata_;
  sql::GroupCommit& commits_;
  BlobStorage& storage_;
  const std::chrono::seconds lease_age_;
  ReadCache<std::optional<StoredBlob>> found_;
};

}  // namespace estiba::registry
