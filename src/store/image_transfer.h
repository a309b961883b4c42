// An image is something with a config and layers; a registry, an archive and the store are three of
// them. Pull, push, save and load are one copy over different ends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/compression.h"
#include "base/stream.h"
#include "oci/descriptor.h"
#include "store/image_store.h"

namespace estiba::store {

// Opens a blob's bytes from an offset; may be called again to go on after a broken connection.
using OpenBlob = std::function<std::unique_ptr<Source>(std::uint64_t offset_bytes)>;

class Store;

class ImageSource {
 public:
  virtual ~ImageSource() = default;
  [[nodiscard]] virtual std::size_t layer_count() const = 0;
  // What progress calls the layer (12 characters), before its descriptor is known.
  [[nodiscard]] virtual std::string layer_label(std::size_t index) const = 0;
  // The layer as it will travel; may first have to compress it, telling `on_bytes`. Called from
  // several threads for different layers.
  [[nodiscard]] virtual Descriptor prepare_layer(std::size_t index,
                                                 const std::function<void(std::uint64_t)>& on_bytes,
                                                 std::stop_token stop) = 0;
  [[nodiscard]] virtual Digest layer_diff_id(std::size_t index) const = 0;
  [[nodiscard]] virtual std::uint64_t layer_size_hint_bytes(std::size_t index) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                          std::uint64_t offset_bytes) = 0;
  [[nodiscard]] virtual std::string config_bytes() = 0;
  // Complete once every layer was prepared.
  [[nodiscard]] virtual ManifestDocument manifest() = 0;
};

enum class BlobOutcome { kStored, kExisted, kMounted };

class ImageSink {
 public:
  virtual ~ImageSink() = default;
  // Whether the layer need not travel; called before the bytes are opened, from several threads.
  [[nodiscard]] virtual bool has_layer(const Descriptor& blob, const Digest& diff_id) = 0;
  // Takes the blob over, verified; may call `open` several times. `on_bytes` is told the number of
  // bytes present so far. Called from several threads for different blobs.
  [[nodiscard]] virtual BlobOutcome put_layer(const Descriptor& blob, const Digest& diff_id,
                                              const OpenBlob& open,
                                              const std::function<void(std::uint64_t)>& on_bytes,
                                              std::stop_token stop) = 0;
  // Last: everything the manifest names is there. Returns the manifest's digest as it was stored.
  virtual Digest put_image(const ManifestDocument& manifest, const std::string& config_bytes) = 0;
};

enum class LayerPhase {
  kWaiting,
  kPreparing,  // being compressed
  kTransferring,
  kExisted,
  kMounted,
  kDone,
};

// Called from several threads.
class TransferObserver {
 public:
  virtual ~TransferObserver() = default;
  virtual void layer(const std::string& label, LayerPhase phase, std::uint64_t done_bytes,
                     std::uint64_t total_bytes) = 0;
};

struct CopyOptions {
  std::size_t parallel_layers = 4;
};

// Copies one image; the first failure stops the others and is thrown. Returns the manifest digest.
Digest copy_image(ImageSource& from, ImageSink& to, const CopyOptions& options,
                  TransferObserver& observer, std::stop_token stop);

// An image of the store as a source. Pulled images travel under the exact manifest they came with
// where their blobs are still here; built ones get an OCI manifest.
[[nodiscard]] std::unique_ptr<ImageSource> image_from_store(Store& store, const Digest& id);
// The same under exactly this manifest, and as above where its blobs are gone.
[[nodiscard]] std::unique_ptr<ImageSource> image_from_store(Store& store, const Digest& id,
                                                            const ManifestDocument& manifest);

// How a new manifest of an image of the store is made.
struct SealOptions {
  archive::CompressionSettings compression{};
  // Blobs that came from elsewhere are compressed anew too.
  bool force_compression = false;
  // So many of the lowest layers are the base's, and may keep the blobs they came with; of the
  // others, a blob from elsewhere counts as little as one made by other settings.
  std::size_t base_layers = 0;
  bool docker_media_types = false;
  std::map<std::string, std::string> annotations{};
};
// Compresses what is not compressed yet; `on_bytes` counts uncompressed bytes of all layers.
[[nodiscard]] ManifestDocument seal_image(Store& store, const Digest& id,
                                          const SealOptions& options,
                                          const std::function<void(std::uint64_t)>& on_bytes,
                                          std::stop_token stop);
// The store as a sink; the image gets `tags` and is known by digest in `known_in`. Its layers are
// leased from the first moment.
[[nodiscard]] std::unique_ptr<ImageSink> image_into_store(Store& store, std::vector<Reference> tags,
                                                          std::vector<Repository> known_in);

}  // namespace estiba::store
