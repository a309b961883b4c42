// Content by digest: compressed layers as they travel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/fd.h"
#include "base/hash.h"
#include "base/stream.h"
#include "fs/lock.h"
#include "fs/temp.h"
#include "oci/descriptor.h"

namespace estiba::store {

class TemporaryArea;

// Receives one blob. Bytes written so far survive a broken connection (not a dead process): go on
// at offset_bytes(). Not thread-safe.
class BlobWriter final : public Sink {
 public:
  BlobWriter(std::string final_path, fs::TemporaryFile file, Descriptor expected);
  ~BlobWriter() override;

  [[nodiscard]] std::uint64_t offset_bytes() const { return offset_bytes_; }
  // Fails with kDataLoss when more arrives than the descriptor promises.
  void write(Bytes data) override;
  // Verifies size and digest (kDataLoss), makes the bytes durable and the blob visible.
  void commit();
  // Starts again from nothing (after a digest mismatch, say).
  void restart();

 private:
  std::string final_path_;
  Descriptor expected_;
  fs::TemporaryFile file_;
  Hasher hasher_;
  std::uint64_t offset_bytes_ = 0;
  std::uint64_t flushed_bytes_ = 0;
};

// Thread-safe. A blob that no layer claims is garbage unless it is leased: lease it before it is
// written, and until LayerStore::add_blob() has made it part of a layer.
class BlobStore {
 public:
  BlobStore(std::string blobs_directory, TemporaryArea& temporary);

  [[nodiscard]] std::optional<std::uint64_t> size_bytes(const Digest& digest) const;
  [[nodiscard]] bool contains(const Digest& digest) const;
  // Throws kNotFound.
  [[nodiscard]] UniqueFd open(const Digest& digest) const;
  [[nodiscard]] std::unique_ptr<BlobWriter> write(const Descriptor& expected);
  // Takes over a complete file whose digest the caller computed while writing it; durable on
  // return.
  void adopt(fs::TemporaryFile file, const Digest& digest);
  // Held by whoever fetches or makes the blob, so that two processes do it once.
  [[nodiscard]] fs::FileLock lock(const Digest& digest, std::stop_token stop) const;
  void remove(const Digest& digest);
  // Calls for every blob present.
  void for_each(const std::function<void(const Digest&, std::uint64_t size_bytes)>& visit) const;

  [[nodiscard]] std::string path(const Digest& digest) const;

 private:
  std::string blobs_directory_;
  TemporaryArea& temporary_;
};

}  // namespace estiba::store
