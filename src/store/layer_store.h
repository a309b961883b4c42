// Layers by diff ID, in whatever forms they exist. A form is made when it is first needed.
//
//   blob  compressed, in the blob store; several may exist for one layer
//   tar   the uncompressed tar; its digest is the diff ID
//   index EROFS metadata whose data points into the tar
//   tree  extracted directory, where the kernel cannot mount an index
//
// A blob that merely claims to hold a diff ID is believed only once it was uncompressed and
// matched: claims are rows (diff ID, blob), tried in turn when the tar is made, so one registry's
// lie cannot spoil another's image.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/compression.h"
#include "base/background_sink.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/stream.h"
#include "fs/temp.h"
#include "oci/descriptor.h"
#include "store/store.h"

namespace estiba::store {

class LayerStore;

// Receives the uncompressed tar of a new layer: hashes and writes it in one pass, beside whoever
// makes it, starting writeback early. Not thread-safe.
class LayerWriter final : public Sink {
 public:
  ~LayerWriter() override;
  void write(Bytes data) override;
  // Ends the layer and makes its tar form visible. Not yet durable: that comes with
  // ImageStore::publish, so that intermediate steps do not wait for the disk. Kept from collection
  // until the store is closed. When `expected` is given and differs, fails with kDataLoss and
  // nothing appears.
  Digest commit(const std::optional<Digest>& expected = std::nullopt);
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  friend class LayerStore;
  class TarFile;
  LayerWriter(LayerStore& layers, fs::TemporaryFile file);
  LayerStore& layers_;
  std::unique_ptr<TarFile> tar_;
  BackgroundSink to_tar_;
  std::uint64_t size_bytes_ = 0;
};

// What the mount of one layer needs.
struct LayerMountSource {
  LayerForm form = LayerForm::kIndex;
  std::string index_path;  // kIndex
  std::string tar_path;    // kIndex: the second device
  std::string tree_path;   // kTree
};

struct LayerInfo {
  Digest diff_id;
  std::uint64_t tar_size_bytes = 0;  // 0 while only blobs exist
  std::vector<Descriptor> blobs;     // present ones, most recently learned first
  bool has_tar = false;
  bool has_index = false;
  bool has_tree = false;
};

// Which of a layer's blobs is wanted, and how to make one otherwise.
struct BlobWish {
  enum class Accept {
    kAny,      // whatever is present: the cheapest
    kForeign,  // one that came from elsewhere, or one made here by just these settings
    kExact,    // only one made here by just these settings
  };
  archive::CompressionSettings settings{};
  Accept accept = Accept::kAny;
};

// Thread-safe.
class LayerStore {
 public:
  struct Parts;
  explicit LayerStore(std::unique_ptr<Parts> parts);
  ~LayerStore();

  [[nodiscard]] std::unique_ptr<LayerWriter> create();
  // Whether the layer can be had without a registry: a tar, or a blob that is present.
  [[nodiscard]] bool contains(const Digest& diff_id) const;
  // The same for exactly this blob, or for the layer's verified tar.
  [[nodiscard]] bool contains(const Digest& diff_id, const Digest& blob) const;
  // Throws kNotFound.
  [[nodiscard]] LayerInfo info(const Digest& diff_id) const;

  // Records that `blob` (present in the blob store) claims to be this layer.
  void add_blob(const Digest& diff_id, const Descriptor& blob);
  // A blob of the layer as wished, made and remembered when there is none yet. `on_bytes` counts
  // uncompressed bytes read.
  [[nodiscard]] Descriptor ensure_blob(const Digest& diff_id, const BlobWish& wish,
                                       const std::function<void(std::uint64_t)>& on_bytes,
                                       std::stop_token stop);
  // The uncompressed tar, made from a blob when missing; a blob that does not match is kDataLoss.
  [[nodiscard]] UniqueFd open_tar(const Digest& diff_id, std::stop_token stop);
  // The layer in a form that can be mounted, made when missing.
  [[nodiscard]] LayerMountSource ensure_mountable(const Digest& diff_id, std::stop_token stop);
  // Which form is in use on this host, and the reason in a person's words (estiba info).
  [[nodiscard]] LayerForm form() const;
  [[nodiscard]] std::string form_reason() const;

  // Where a blob of this layer was seen: lets push mount it across repositories of one registry.
  void remember_location(const Digest& blob, const std::string& registry,
                         const std::string& repository_path);
  [[nodiscard]] std::vector<std::string> locations(const Digest& blob,
                                                   const std::string& registry) const;

 private:
  friend class LayerWriter;
  std::unique_ptr<Parts> parts_;
};

}  // namespace estiba::store
