// Images at a registry, as an end of store::copy_image.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "client/registry_client.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "store/image_transfer.h"

namespace estiba::client {

// An image of a registry. Its manifest and config are here and belong together; its layers' bytes
// are checked by whoever receives them. Thread-safe, as copy_image needs it. Borrows the client.
class RegistryImageSource final : public store::ImageSource {
 public:
  // Fetches and verifies the config. kUnsupported for what is no container image.
  RegistryImageSource(RegistryClient& client, Repository repository,
                      store::ManifestDocument document, std::stop_token stop);

  [[nodiscard]] const ImageConfig& config() const { return config_; }

  [[nodiscard]] std::size_t layer_count() const override { return manifest_.layers.size(); }
  [[nodiscard]] std::string layer_label(std::size_t index) const override;
  [[nodiscard]] Descriptor prepare_layer(std::size_t index,
                                         const std::function<void(std::uint64_t)>& on_bytes,
                                         std::stop_token stop) override;
  [[nodiscard]] Digest layer_diff_id(std::size_t index) const override;
  [[nodiscard]] std::uint64_t layer_size_hint_bytes(std::size_t index) const override;
  [[nodiscard]] std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                  std::uint64_t offset_bytes) override;
  [[nodiscard]] std::string config_bytes() override { return config_bytes_; }
  [[nodiscard]] store::ManifestDocument manifest() override { return document_; }

 private:
  void check_layers() const;

  RegistryClient& client_;
  const Repository repository_;
  const store::ManifestDocument document_;
  const std::stop_token stop_;
  const Manifest manifest_;
  const std::string config_bytes_;
  const ImageConfig config_;
};

// A place for an image at a registry. Remembers in the store where blobs were seen, and asks for
// mounts from there. Thread-safe, as copy_image needs it. Borrows the client and the store.
class RegistryImageSink final : public store::ImageSink {
 public:
  RegistryImageSink(RegistryClient& client, store::Store& store, Reference reference,
                    std::stop_token stop);

  [[nodiscard]] bool has_layer(const Descriptor& blob, const Digest& diff_id) override;
  [[nodiscard]] store::BlobOutcome put_layer(const Descriptor& blob, const Digest& diff_id,
                                             const store::OpenBlob& open,
                                             const std::function<void(std::uint64_t)>& on_bytes,
                                             std::stop_token stop) override;
  Digest put_image(const store::ManifestDocument& manifest,
                   const std::string& config_bytes) override;

  // The repository that a layer (by the first 12 digits of its diff ID or blob) was mounted from.
  [[nodiscard]] std::string mounted_from(const std::string& label) const;

 private:
  [[nodiscard]] std::vector<std::string> mount_candidates(const Digest& blob) const;
  void remember(const Digest& blob);

  RegistryClient& client_;
  store::Store& store_;
  const Reference reference_;
  const std::stop_token stop_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> mounted_from_;
};

}  // namespace estiba::client
