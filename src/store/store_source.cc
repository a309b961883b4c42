// An image of the store on its way out.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "base/error.h"
#include "oci/manifest.h"
#include "store/blob_store.h"
#include "store/image_transfer.h"
#include "store/layer_store.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::store {
namespace {

Image leased_image(Store& store, Lease& lease, const Digest& id) {
  lease.keep_image(id);
  Image image = store.images().get(id);
  lease.keep_layers(image.config.diff_ids);
  return image;
}

class StoreImageSource final : public ImageSource {
 public:
  StoreImageSource(Store& store, const Digest& id, const ManifestDocument* wanted)
      : store_(store),
        lease_(store.lease()),
        image_(leased_image(store, *lease_, id)),
        original_(wanted == nullptr ? find_original() : find_original(*wanted)),
        prepared_(image_.config.diff_ids.size()) {}

  [[nodiscard]] std::size_t layer_count() const override { return image_.config.diff_ids.size(); }
  [[nodiscard]] std::string layer_label(std::size_t index) const override {
    return image_.config.diff_ids[index].short_hex();
  }
  [[nodiscard]] Digest layer_diff_id(std::size_t index) const override {
    return image_.config.diff_ids[index];
  }
  [[nodiscard]] Descriptor prepare_layer(std::size_t index,
                                         const std::function<void(std::uint64_t)>& on_bytes,
                                         std::stop_token stop) override;
  [[nodiscard]] std::uint64_t layer_size_hint_bytes(std::size_t index) const override;
  [[nodiscard]] std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                  std::uint64_t offset_bytes) override;
  [[nodiscard]] std::string config_bytes() override { return image_.config_bytes; }
  [[nodiscard]] ManifestDocument manifest() override;

 private:
  // A manifest under which the image came, together with its layers.
  struct Original {
    ManifestDocument document;
    Manifest manifest;
  };
  [[nodiscard]] std::optional<Original> find_original() const;
  [[nodiscard]] std::optional<Original> find_original(const ManifestDocument& wanted) const;
  [[nodiscard]] bool is_whole(const Manifest& manifest) const;

  Store& store_;
  std::unique_ptr<Lease> lease_;
  Image image_;
  std::optional<Original> original_;
  std::mutex mutex_;
  std::vector<std::optional<Descriptor>> prepared_;  // guarded by mutex_
};

bool StoreImageSource::is_whole(const Manifest& manifest) const {
  if (manifest.config.digest != image_.id ||
      manifest.layers.size() != image_.config.diff_ids.size()) {
    return false;
  }
  return std::all_of(manifest.layers.begin(), manifest.layers.end(), [&](const Descriptor& layer) {
    return store_.blobs().size_bytes(layer.digest) == layer.size_bytes;
  });
}

std::optional<StoreImageSource::Original> StoreImageSource::find_original() const {
  for (ManifestDocument& document : store_.images().manifests(image_.id)) {
    if (!is_manifest_media_type(document.media_type)) continue;
    Manifest manifest = Manifest::parse(document.bytes, document.media_type);
    if (is_whole(manifest)) {
      return Original{.document = std::move(document), .manifest = std::move(manifest)};
    }
  }
  return std::nullopt;
}

std::optional<StoreImageSource::Original> StoreImageSource::find_original(
    const ManifestDocument& wanted) const {
  Manifest manifest = Manifest::parse(wanted.bytes, wanted.media_type);
  if (!is_whole(manifest)) return find_original();
  return Original{.document = wanted, .manifest = std::move(manifest)};
}

Descriptor StoreImageSource::prepare_layer(std::size_t index,
                                           const std::function<void(std::uint64_t)>& on_bytes,
                                           std::stop_token stop) {
  if (original_) return original_->manifest.layers[index];
  const Digest& diff_id = image_.config.diff_ids[index];
  Descriptor blob = store_.layers().ensure_blob(diff_id, BlobWish{}, on_bytes, std::move(stop));
  // In our manifest, so under OCI's name for the same bytes.
  blob.media_type = oci_layer_media_type(layer_compression(blob.media_type));
  blob.urls.clear();
  blob.annotations.clear();
  const std::lock_guard lock(mutex_);
  prepared_[index] = blob;
  return blob;
}

std::uint64_t StoreImageSource::layer_size_hint_bytes(std::size_t index) const {
  if (original_) return original_->manifest.layers[index].size_bytes;
  const LayerInfo info = store_.layers().info(image_.config.diff_ids[index]);
  return info.blobs.empty() ? info.tar_size_bytes : info.blobs.front().size_bytes;
}

std::unique_ptr<Source> StoreImageSource::open_blob(const Descriptor& blob,
                                                    std::uint64_t offset_bytes) {
  UniqueFd fd = store_.blobs().open(blob.digest);
  if (::lseek(fd.get(), static_cast<off_t>(offset_bytes), SEEK_SET) < 0) {
    throw_errno("read blob " + blob.digest.to_string());
  }
  return std::make_unique<FdSource>(std::move(fd), "blob " + blob.digest.to_string());
}

ManifestDocument StoreImageSource::manifest() {
  if (original_) return original_->document;
  Manifest manifest{.media_type = std::string(media_types::kOciManifest),
                    .config = {.media_type = std::string(media_types::kOciConfig),
                               .digest = image_.id,
                               .size_bytes = image_.config_bytes.size()}};
  const std::lock_guard lock(mutex_);
  for (const std::optional<Descriptor>& layer : prepared_) {
    if (!layer) {
      throw Error(ErrorCode::kInternal, "a manifest was asked for before its layers were prepared");
    }
    manifest.layers.push_back(*layer);
  }
  std::string bytes = manifest.serialize();
  const Digest digest = Digest::of(bytes);
  return {.media_type = manifest.media_type, .bytes = std::move(bytes), .digest = digest};
}

}  // namespace

std::unique_ptr<ImageSource> image_from_store(Store& store, const Digest& id) {
  return std::make_unique<StoreImageSource>(store, id, nullptr);
}

std::unique_ptr<ImageSource> image_from_store(Store& store, const Digest& id,
                                              const ManifestDocument& manifest) {
  return std::make_unique<StoreImageSource>(store, id, &manifest);
}

}  // namespace estiba::store
