#include "base/error.h"
#include "build/cache/cache_storage.h"
#include "build/limits.h"
#include "client/registry_error.h"
#include "oci/manifest.h"

namespace estiba::build {
namespace {

class RegistryCache final : public CacheStorage {
 public:
  RegistryCache(std::unique_ptr<client::RegistryClient> client, Reference reference)
      : client_(std::move(client)), reference_(reference.with_default_tag()) {}

  [[nodiscard]] std::string name() const override { return reference_.familiar(); }

  [[nodiscard]] std::optional<std::string> read_manifest(const Platform& platform,
                                                         std::stop_token stop) override {
    try {
      store::ManifestDocument document = client_->get_manifest(reference_, stop);
      if (!is_index_media_type(document.media_type)) return std::move(document.bytes);
      const Index index = Index::parse(document.bytes, document.media_type);
      const Descriptor* entry = index.find(platform);
      if (entry == nullptr) return std::nullopt;
      const Reference one(reference_.repository(), std::nullopt, entry->digest);
      return client_->get_manifest(one, stop).bytes;
    } catch (const client::RegistryError& error) {
      if (error.status() == 404) return std::nullopt;
      throw;
    }
  }

  [[nodiscard]] std::string read_blob(const Descriptor& blob, std::stop_token stop) override {
    return client_->read_blob(reference_.repository(), blob, kMaxCacheDocumentBytes,
                              std::move(stop));
  }

  [[nodiscard]] std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                  std::uint64_t offset_bytes,
                                                  std::stop_token stop) override {
    return client_->open_blob(reference_.repository(), blob, offset_bytes, std::move(stop));
  }

  void write_blob(const Descriptor& blob, const store::OpenBlob& open,
                  std::stop_token stop) override {
    if (client_->has_blob(reference_.repository(), blob.digest, stop)) return;
    client_->push_blob(reference_.repository(), {.blob = blob, .open = open}, stop);
  }

  void write_manifest(const std::string& bytes, std::stop_token stop) override {
    client_->put_manifest(reference_,
                          {.media_type = std::string(media_types::kOciManifest),
                           .bytes = bytes,
                           .digest = Digest::of(bytes)},
                          std::move(stop));
  }

 private:
  std::unique_ptr<client::RegistryClient> client_;
  Reference reference_;
};

}  // namespace

std::unique_ptr<CacheStorage> make_registry_cache(std::unique_ptr<client::RegistryClient> client,
                                                  Reference reference) {
  return std::make_unique<RegistryCache>(std::move(client), std::move(reference));
}

}  // namespace estiba::build
