#include "store/store_sink.h"

#include <fmt/format.h>

#include "base/error.h"
#include "oci/manifest.h"
#include "store/blob_store.h"
#include "store/blob_transfer.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/store.h"

namespace estiba::store {
namespace {

// A blob that is the layer's tar itself: it becomes the tar form, and nothing is stored twice.
bool is_tar(const Descriptor& blob, const Digest& diff_id) {
  return blob.digest == diff_id && diff_id.algorithm() == HashAlgorithm::kSha256 &&
         is_layer_media_type(blob.media_type) &&
         layer_compression(blob.media_type) == Compression::kNone;
}

}  // namespace

StoreImageSink::StoreImageSink(Store& store, std::vector<Reference> tags,
                               std::vector<Repository> known_in)
    : store_(store),
      lease_(store.lease()),
      tags_(std::move(tags)),
      known_in_(std::move(known_in)) {}

bool StoreImageSink::has_layer(const Descriptor& blob, const Digest& diff_id) {
  lease_->keep_layer(diff_id);
  lease_->keep_blob(blob.digest);
  if (store_.layers().contains(diff_id, blob.digest)) return true;
  // Another image brought the blob.
  if (store_.blobs().size_bytes(blob.digest) != blob.size_bytes) return false;
  store_.layers().add_blob(diff_id, blob);
  return true;
}

BlobOutcome StoreImageSink::put_layer(const Descriptor& blob, const Digest& diff_id,
                                      const OpenBlob& open,
                                      const std::function<void(std::uint64_t)>& on_bytes,
                                      std::stop_token stop) {
  return with_context([&] { return "fetching layer " + blob.digest.short_hex(); },
                      [&] {
                        const fs::FileLock lock = store_.blobs().lock(blob.digest, stop);
                        // Another process may have fetched it while we waited.
                        if (has_layer(blob, diff_id)) return BlobOutcome::kExisted;
                        if (is_tar(blob, diff_id)) {
                          put_tar(blob, diff_id, open, on_bytes, stop);
                        } else {
                          put_blob(blob, open, on_bytes, stop);
                          store_.layers().add_blob(diff_id, blob);
                        }
                        return BlobOutcome::kStored;
                      });
}

void StoreImageSink::put_tar(const Descriptor& blob, const Digest& diff_id, const OpenBlob& open,
                             const std::function<void(std::uint64_t)>& on_bytes,
                             const std::stop_token& stop) {
  std::unique_ptr<LayerWriter> writer = store_.layers().create();
  receive_blob(blob, open,
               {.write = [&](Bytes data) { writer->write(data); },
                .offset_bytes = [&] { return writer->size_bytes(); },
                .restart = [&] { writer = store_.layers().create(); },
                .commit = [&] { writer->commit(diff_id); }},
               on_bytes, stop);
}

void StoreImageSink::put_blob(const Descriptor& blob, const OpenBlob& open,
                              const std::function<void(std::uint64_t)>& on_bytes,
                              const std::stop_token& stop) {
  const std::unique_ptr<BlobWriter> writer = store_.blobs().write(blob);
  receive_blob(blob, open,
               {.write = [&](Bytes data) { writer->write(data); },
                .offset_bytes = [&] { return writer->offset_bytes(); },
                .restart = [&] { writer->restart(); },
                .commit = [&] { writer->commit(); }},
               on_bytes, stop);
}

void check_bytes(const Digest& expected, std::string_view bytes, std::string_view what) {
  Hasher hasher(expected.algorithm());
  hasher.update(bytes);
  check_digest(expected, Digest::finish(hasher), what);
}

void check_config(const Manifest& manifest, const std::string& config_bytes) {
  check_bytes(manifest.config.digest, config_bytes, "image configuration");
  const ImageConfig config = ImageConfig::parse(config_bytes);
  if (config.diff_ids.size() != manifest.layers.size()) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the manifest has {} layers, the image's configuration {}",
                            manifest.layers.size(), config.diff_ids.size()));
  }
}

Digest StoreImageSink::put_image(const ManifestDocument& manifest,
                                 const std::string& config_bytes) {
  check_bytes(manifest.digest, manifest.bytes, "manifest");
  check_config(Manifest::parse(manifest.bytes, manifest.media_type), config_bytes);
  lease_->keep_image(Digest::of(config_bytes));
  store_.images().publish({.config_bytes = config_bytes, .parent = std::nullopt}, tags_, manifest,
                          known_in_);
  return manifest.digest;
}

std::unique_ptr<ImageSink> image_into_store(Store& store, std::vector<Reference> tags,
                                            std::vector<Repository> known_in) {
  return std::make_unique<StoreImageSink>(store, std::move(tags), std::move(known_in));
}

}  // namespace estiba::store
