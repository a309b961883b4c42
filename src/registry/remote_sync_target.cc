#include "client/registry_error.h"
#include "registry/sync_target.h"

namespace estiba::registry {
namespace {

class RemoteSyncTarget final : public SyncTarget {
 public:
  RemoteSyncTarget(client::RegistryClient& client, Repository repository, std::string mount_from,
                   std::stop_token stop)
      : client_(client),
        repository_(std::move(repository)),
        mount_from_(std::move(mount_from)),
        stop_(std::move(stop)) {}

  std::optional<Digest> find_tag(const std::string& tag) override {
    return resolve(Reference(repository_, tag, std::nullopt));
  }

  std::vector<std::string> list_tags() override {
    try {
      return client_.list_tags(repository_, stop_);
    } catch (const client::RegistryError& error) {
      if (error.status() != 404) throw;
      return {};  // it is made by the first push
    }
  }

  bool has_manifest(const Digest& digest) override {
    return resolve(Reference(repository_, std::nullopt, digest)).has_value();
  }

  void put_manifest(const store::ManifestDocument& manifest, const std::string& tag) override {
    const auto name = tag.empty() ? std::nullopt : std::optional(tag);
    client_.put_manifest(Reference(repository_, name, std::nullopt), manifest, stop_);
  }

  void delete_tag(const std::string& tag) override {
    client_.delete_manifest(Reference(repository_, tag, std::nullopt), stop_);
  }

  bool has_blob(const Digest& digest) override {
    return client_.has_blob(repository_, digest, stop_);
  }

  BlobArrival put_blob(const Descriptor& blob, const store::OpenBlob& open) override {
    client::RegistryClient::BlobUpload upload{.blob = blob, .open = open};
    if (!mount_from_.empty()) upload.mount_from = {mount_from_};
    const auto uploaded = client_.push_blob(repository_, upload, stop_);
    return uploaded.outcome == store::BlobOutcome::kMounted ? BlobArrival::kMounted
                                                            : BlobArrival::kCopied;
  }

 private:
  std::optional<Digest> resolve(const Reference& reference) {
    try {
      return client_.resolve(reference, stop_).digest;
    } catch (const client::RegistryError& error) {
      if (error.status() != 404) throw;
      return std::nullopt;
    }
  }

  client::RegistryClient& client_;
  const Repository repository_;
  const std::string mount_from_;
  const std::stop_token stop_;
};

}  // namespace

std::unique_ptr<SyncTarget> remote_sync_target(client::RegistryClient& client,
                                               Repository repository, std::string mount_from,
                                               std::stop_token stop) {
  return std::make_unique<RemoteSyncTarget>(client, std::move(repository), std::move(mount_from),
                                            std::move(stop));
}

}  // namespace estiba::registry
