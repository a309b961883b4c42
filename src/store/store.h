// The local store: everything that the client side keeps, under one directory.
//
//   blobs/sha256/<hex>            compressed layers, exactly the bytes that were pulled or pushed
//   layers/sha256/<hex>/{tar,index,tree}   a layer's forms, by diff ID
//   containers/, volumes/         owned by run/
//   context-cache/                remembered file digests of build contexts, owned by build/
//   estiba.db                     SQLite, WAL
//   tmp/                          what is being made; swept when its maker is dead
//   mnt/                          mount points; a private tmpfs in processes that mount
//
// Any number of processes use a store at once. Files appear by rename from tmp/ once complete and
// verified. What a process needs is kept by its lease until it ends.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fs/temp.h"
#include "oci/digest.h"

namespace estiba::store {

class BlobStore;
class BuildCache;
class ContainerIndex;
class Database;
class ImageStore;
class LayerStore;
class Lease;

// In which form layers are mounted: index (EROFS over the unextracted tar) or extracted tree.
enum class LayerForm { kIndex, kTree };

struct StoreOptions {
  std::string root;
  std::optional<LayerForm> layer_form;  // forced; decided by what the kernel can do when empty
};

// Thread-safe, as are all of its parts.
class Store {
 public:
  // Makes the directories and the database when missing, sweeps what dead processes left in tmp/.
  // Throws kPermissionDenied with a hint when the root may not be written.
  static std::unique_ptr<Store> open(StoreOptions options);
  ~Store();

  [[nodiscard]] const std::string& root() const;
  [[nodiscard]] BlobStore& blobs();
  [[nodiscard]] LayerStore& layers();
  [[nodiscard]] ImageStore& images();
  [[nodiscard]] BuildCache& build_cache();
  [[nodiscard]] ContainerIndex& containers();

  // Keeps what is added to it from collection, until it is destroyed or this process ends.
  [[nodiscard]] std::unique_ptr<Lease> lease();

  // A directory below tmp/, on the same file system as everything else. Held by a lock file so that
  // the sweep of another process leaves it alone.
  [[nodiscard]] fs::TemporaryDirectory temporary_directory();
  // Renames a directory tree into the trash of tmp/ at once; it is deleted later (by sweep()).
  void discard_tree(const std::string& path);
  // Deletes what is in the trash and what dead processes left; safe beside running processes.
  void sweep(std::stop_token stop = {});

  [[nodiscard]] std::string mount_area() const;  // <root>/mnt

  struct Parts;  // for the store's own files
  [[nodiscard]] Parts& parts() { return *parts_; }

 private:
  explicit Store(StoreOptions options);
  std::unique_ptr<Parts> parts_;
};

}  // namespace estiba::store
