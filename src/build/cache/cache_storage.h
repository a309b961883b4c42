// A place beside the store that keeps what steps made: a directory, or a repository at a registry.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/stream.h"
#include "client/registry_client.h"
#include "oci/descriptor.h"
#include "oci/platform.h"
#include "oci/reference.h"
#include "store/image_transfer.h"

namespace estiba::build {

// One manifest and the blobs that it names, as the OCI image specification has them. Not
// thread-safe.
class CacheStorage {
 public:
  virtual ~CacheStorage() = default;
  // How a person calls it.
  [[nodiscard]] virtual std::string name() const = 0;
  // Of `platform`, where the place knows several; nothing when nothing was put there yet.
  [[nodiscard]] virtual std::optional<std::string> read_manifest(const Platform& platform,
                                                                 std::stop_token stop) = 0;
  // A small one, whole and verified.
  [[nodiscard]] virtual std::string read_blob(const Descriptor& blob, std::stop_token stop) = 0;
  // The reader verifies.
  [[nodiscard]] virtual std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                          std::uint64_t offset_bytes,
                                                          std::stop_token stop) = 0;
  // Nothing happens when it is there already.
  virtual void write_blob(const Descriptor& blob, const store::OpenBlob& open,
                          std::stop_token stop) = 0;
  // Last: from here on it is what read_manifest() gives.
  virtual void write_manifest(const std::string& bytes, std::stop_token stop) = 0;
};

// An OCI image layout, made when it is first written.
[[nodiscard]] std::unique_ptr<CacheStorage> make_directory_cache(std::string directory);
[[nodiscard]] std::unique_ptr<CacheStorage> make_registry_cache(
    std::unique_ptr<client::RegistryClient> client, Reference reference);

}  // namespace estiba::build
