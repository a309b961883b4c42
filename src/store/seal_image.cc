// An image's manifest, decided before anybody asks to push it.

#include "base/error.h"
#include "oci/manifest.h"
#include "store/image_transfer.h"
#include "store/layer_store.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::store {
namespace {

// Docker's names for the same bytes; it has none for zstd.
MediaType docker_layer_media_type(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return std::string(media_types::kDockerLayerTar);
    case Compression::kGzip:
      return std::string(media_types::kDockerLayerGzip);
    case Compression::kZstd:
      break;
  }
  throw Error(ErrorCode::kUnsupported, "docker's media types know no zstd layers",
              "use OCI's media types (oci-mediatypes=true), or gzip");
}

BlobWish::Accept acceptable(const SealOptions& options, std::size_t layer) {
  if (options.force_compression || layer >= options.base_layers) return BlobWish::Accept::kExact;
  return BlobWish::Accept::kForeign;
}

}  // namespace

ManifestDocument seal_image(Store& store, const Digest& id, const SealOptions& options,
                            const std::function<void(std::uint64_t)>& on_bytes,
                            std::stop_token stop) {
  const std::unique_ptr<Lease> lease = store.lease();
  lease->keep_image(id);
  const Image image = store.images().get(id);
  lease->keep_layers(image.config.diff_ids);

  const bool docker = options.docker_media_types;
  Manifest manifest{
      .media_type = std::string(docker ? media_types::kDockerManifest : media_types::kOciManifest),
      .config = {
          .media_type = std::string(docker ? media_types::kDockerConfig : media_types::kOciConfig),
          .digest = id,
          .size_bytes = image.config_bytes.size()}};
  manifest.annotations = options.annotations;
  std::uint64_t earlier_bytes = 0;
  for (std::size_t i = 0; i < image.config.diff_ids.size(); ++i) {
    const BlobWish wish{.settings = options.compression, .accept = acceptable(options, i)};
    std::uint64_t layer_bytes = 0;
    Descriptor blob = store.layers().ensure_blob(
        image.config.diff_ids[i], wish,
        [&](std::uint64_t count) {
          layer_bytes = count;
          if (on_bytes) on_bytes(earlier_bytes + layer_bytes);
        },
        stop);
    earlier_bytes += layer_bytes;
    const Compression compression = layer_compression(blob.media_type);
    manifest.layers.push_back({.media_type = docker ? docker_layer_media_type(compression)
                                                    : oci_layer_media_type(compression),
                               .digest = blob.digest,
                               .size_bytes = blob.size_bytes});
  }
  std::string bytes = manifest.serialize();
  const Digest digest = Digest::of(bytes);
  return {.media_type = manifest.media_type, .bytes = std::move(bytes), .digest = digest};
}

}  // namespace estiba::store
