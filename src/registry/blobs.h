// Which blobs there are, and through which repositories they may be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "oci/digest.h"
#include "registry/blob_storage.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct StoredBlob {
  std::string storage_key;
  std::uint64_t size_bytes = 0;
};

// Thread-safe. Borrows both.
class Blobs {
 public:
  Blobs(sql::ConnectionPool& metadata, BlobStorage& storage)
      : metadata_(metadata), storage_(storage) {}

  // The blob as this repository has it.
  [[nodiscard]] std::optional<StoredBlob> find(std::int64_t repository, const Digest& digest);
  // Its open file; looks again when the bytes were replaced in between. Nothing when unknown.
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
  // Takes the blob out of the repository; the bytes go when no other has it. False when unknown;
  // kConflict while a manifest here needs it.
  [[nodiscard]] bool remove(std::int64_t repository, const Digest& digest);

 private:
  sql::ConnectionPool& metadata_;
  BlobStorage& storage_;
};

}  // namespace estiba::registry
