#include <algorithm>

#include "registry/events.h"
#include "registry/sync_target.h"

namespace estiba::registry {
namespace {

class LocalSyncTarget final : public SyncTarget {
 public:
  LocalSyncTarget(LocalSyncParts parts, std::string name, std::int64_t repository,
                  std::string actor)
      : parts_(parts), name_(std::move(name)), id_(repository), actor_(std::move(actor)) {}

  std::optional<Digest> find_tag(const std::string& tag) override {
    return parts_.tags.find(id_, tag);
  }

  std::vector<std::string> list_tags() override {
    std::vector<std::string> all;
    std::string last;
    for (auto page = parts_.tags.list(id_, last, kMaxPageSize); !page.empty();
         page = parts_.tags.list(id_, last, kMaxPageSize)) {
      last = page.back();
      all.insert(all.end(), page.begin(), page.end());
    }
    return all;
  }

  bool has_manifest(const Digest& digest) override {
    return parts_.manifests.find(id_, digest).has_value();
  }

  void put_manifest(const store::ManifestDocument& document, const std::string& tag) override {
    NewManifest manifest;
    manifest.media_type = document.media_type;
    manifest.bytes = document.bytes;
    manifest.expected = document.digest;
    if (!tag.empty()) manifest.tags = {tag};
    manifest.account = actor_;
    ChangeEvents events(parts_.webhooks, parts_.live, origin());
    manifest.on_stored = [&](sql::Connection& connection, const PutResult& result) {
      events.pushed(connection, manifest, result);
    };
    (void)parts_.manifests.put(id_, manifest);
  }

  void delete_tag(const std::string& tag) override {
    ChangeEvents events(parts_.webhooks, parts_.live, origin());
    (void)parts_.tags.end(id_, tag, actor_, [&](sql::Connection& connection) {
      events.deleted(connection, tag, "");
    });
  }

  // Opened, so that the collector leaves it until the manifest refers to it.
  bool has_blob(const Digest& digest) override {
    return parts_.blobs.open(id_, digest).has_value();
  }

  BlobArrival put_blob(const Descriptor& blob, const store::OpenBlob& open) override {
    if (mount(blob.digest)) return BlobArrival::kMounted;
    Upload upload = parts_.uploads.begin(id_, 0, blob.digest.algorithm());
    try {
      const auto source = open(0);
      upload.append(*source);
      upload.finish(id_, blob.digest);
    } catch (...) {
      upload.cancel();
      throw;
    }
    return BlobArrival::kCopied;
  }

 private:
  bool mount(const Digest& digest) {
    const auto names = parts_.blobs.repositories_with(digest, 0, kMaxMountCandidates);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const auto from = parts_.repositories.view(name, {}).id;
      return from && parts_.blobs.mount(id_, *from, digest);
    });
  }

  [[nodiscard]] RegistryEvent origin() const {
    RegistryEvent event;
    event.repository = name_;
    event.actor = actor_;
    return event;
  }

  LocalSyncParts parts_;
  const std::string name_;
  const std::int64_t id_;
  const std::string actor_;
};

}  // namespace

std::unique_ptr<SyncTarget> local_sync_target(LocalSyncParts parts, std::string name,
                                              std::int64_t repository, std::string actor) {
  return std::make_unique<LocalSyncTarget>(parts, std::move(name), repository, std::move(actor));
}

}  // namespace estiba::registry
