// The store as the end of a copy.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "store/image_transfer.h"
#include "store/lease.h"

namespace estiba::store {

class Store;

// Thread-safe. What arrived is leased until this is destroyed.
class StoreImageSink final : public ImageSink {
 public:
  StoreImageSink(Store& store, std::vector<Reference> tags, std::vector<Repository> known_in);

  [[nodiscard]] bool has_layer(const Descriptor& blob, const Digest& diff_id) override;
  [[nodiscard]] BlobOutcome put_layer(const Descriptor& blob, const Digest& diff_id,
                                      const OpenBlob& open,
                                      const std::function<void(std::uint64_t)>& on_bytes,
                                      std::stop_token stop) override;
  Digest put_image(const ManifestDocument& manifest, const std::string& config_bytes) override;

 private:
  void put_tar(const Descriptor& blob, const Digest& diff_id, const OpenBlob& open,
               const std::function<void(std::uint64_t)>& on_bytes, const std::stop_token& stop);
  void put_blob(const Descriptor& blob, const OpenBlob& open,
                const std::function<void(std::uint64_t)>& on_bytes, const std::stop_token& stop);

  Store& store_;
  std::unique_ptr<Lease> lease_;
  std::vector<Reference> tags_;
  std::vector<Repository> known_in_;
};

// Fails with kDataLoss unless `bytes` have the digest.
void check_bytes(const Digest& expected, std::string_view bytes, std::string_view what);
// Fails with kDataLoss unless `config_bytes` is what `manifest` names and both speak of the same
// number of layers.
void check_config(const Manifest& manifest, const std::string& config_bytes);

}  // namespace estiba::store
