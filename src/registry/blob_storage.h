// Where the bytes are: files under keys that have nothing to do with digests.
//
//   <data>/blobs/<k0k1>/<key>   content, complete, verified, durable
//   <data>/uploads/<name>       what is arriving
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/time.h"

namespace estiba::registry {

// Thread-safe.
class BlobStorage {
 public:
  explicit BlobStorage(std::string data_directory);

  // Throws kNotFound.
  [[nodiscard]] UniqueFd open(const std::string& key) const;
  // The file of an upload session, made when `create`.
  [[nodiscard]] UniqueFd open_upload(const std::string& name, bool create) const;
  [[nodiscard]] bool upload_exists(const std::string& name) const;
  // When bytes last arrived; nothing when there is none.
  [[nodiscard]] std::optional<Timestamp> upload_used_at(const std::string& name) const;
  // What has arrived; 0 when there is none.
  [[nodiscard]] std::uint64_t upload_bytes(const std::string& name) const;
  // Makes the upload's bytes durable and gives them a new key, under which they are durable when
  // this returns. `fd` is the upload's open file.
  [[nodiscard]] std::string adopt_upload(const std::string& name, int fd) const;
  void remove_upload(const std::string& name) const;
  void remove(const std::string& key) const;
  // Of a stored file; nothing when there is none.
  [[nodiscard]] std::optional<std::uint64_t> size_bytes(const std::string& key) const;
  [[nodiscard]] std::string path(const std::string& key) const;
  // Every stored file; `changed_at` is when it got its key. One that goes meanwhile may be missed.
  struct StoredFile {
    std::string key;
    std::string folder;
    std::uint64_t size_bytes = 0;
    Timestamp changed_at;
  };
  void for_each_file(const std::function<void(const StoredFile&)>& visit) const;
  // Whether it lies where its key says; elsewhere nothing finds it.
  [[nodiscard]] static bool is_in_place(const StoredFile& file);
  // That very file, wherever it lies.
  void remove(const StoredFile& file) const;
  void for_each_upload(const std::function<void(const std::string& name)>& visit) const;

 private:
  [[nodiscard]] std::string upload_path(const std::string& name) const;
  std::string blobs_;
  std::string uploads_;
};

}  // namespace estiba::registry
