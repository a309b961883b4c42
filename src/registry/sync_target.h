// Where a sync brings what it finds: another registry, or this one.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/registry_client.h"
#include "oci/reference.h"
#include "registry/blobs.h"
#include "registry/live_events.h"
#include "registry/manifests.h"
#include "registry/repositories.h"
#include "registry/tags.h"
#include "registry/uploads.h"
#include "registry/webhooks.h"

namespace estiba::registry {

enum class BlobArrival { kCopied, kMounted };

// One repository. Blobs come from several threads, everything else from one.
class SyncTarget {
 public:
  virtual ~SyncTarget() = default;
  [[nodiscard]] virtual std::optional<Digest> find_tag(const std::string& tag) = 0;
  [[nodiscard]] virtual std::vector<std::string> list_tags() = 0;
  [[nodiscard]] virtual bool has_manifest(const Digest& digest) = 0;
  // Under its digest, or under a tag. All that it needs is there.
  virtual void put_manifest(const store::ManifestDocument& manifest, const std::string& tag) = 0;
  virtual void delete_tag(const std::string& tag) = 0;
  [[nodiscard]] virtual bool has_blob(const Digest& digest) = 0;
  // Verified on the way; `open` may be called again.
  virtual BlobArrival put_blob(const Descriptor& blob, const store::OpenBlob& open) = 0;
};

// A repository of a registry. `mount_from` is a path there that has the blobs, or empty. Borrows
// the client.
[[nodiscard]] std::unique_ptr<SyncTarget> remote_sync_target(client::RegistryClient& client,
                                                             Repository repository,
                                                             std::string mount_from,
                                                             std::stop_token stop);

struct LocalSyncParts {
  Repositories& repositories;
  Blobs& blobs;
  Manifests& manifests;
  Tags& tags;
  Uploads& uploads;
  Webhooks& webhooks;
  LiveEvents& live;
};
// A repository of this registry, which is there. Tags are moved by `actor`. Borrows the parts.
[[nodiscard]] std::unique_ptr<SyncTarget> local_sync_target(LocalSyncParts parts, std::string name,
                                                            std::int64_t repository,
                                                            std::string actor);

}  // namespace estiba::registry
