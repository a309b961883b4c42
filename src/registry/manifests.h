// Manifests and indexes of a repository, byte for byte.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "oci/descriptor.h"
#include "oci/manifest.h"
#include "registry/limits.h"
#include "registry/read_cache.h"
#include "registry/tags.h"
#include "sql/connection_pool.h"
#include "sql/group_commit.h"

namespace estiba::registry {

struct StoredManifest {
  Digest digest;
  MediaType media_type;
  std::string bytes;
};

struct PutResult {
  Digest digest;
  std::optional<Digest> subject;
  MediaType media_type;
  std::vector<TagMove> moves{};
};

struct NewManifest {
  MediaType media_type;  // as the transport said; may be empty
  std::string bytes;
  std::optional<Digest> expected;  // pushed by digest
  std::vector<std::string> tags;   // pushed by a tag, or by digest with tags beside
  std::string account;             // who pushes
  // Of an upstream, whose blobs and entries come when they are asked for; without a tag it is kept
  // as long as somebody asks for it.
  bool may_lack_references = false;
  // Called before anything changes with the digest that is there under the name; throws to refuse.
  // May be empty.
  std::function<void(const std::optional<Digest>& current)> precondition;
  // Called within the transaction, when all is written. May be empty.
  std::function<void(sql::Connection&, const PutResult&)> on_stored;
};

// What a manifest needs and the repository does not have.
class MissingReferences : public Error {
 public:
  explicit MissingReferences(std::vector<Digest> digests);  // at least one
  [[nodiscard]] const std::vector<Digest>& digests() const { return digests_; }

 private:
  std::vector<Digest> digests_;
};

// Which referrers: those of one artifact type unless empty, after the digest `last`, up to `count`.
struct ReferrersQuery {
  std::string artifact_type;
  std::string last;
  std::size_t count = 0;
};

// Thread-safe. Borrows both.
class Manifests {
 public:
  // `lease_age` as for Blobs.
  Manifests(sql::ConnectionPool& metadata, sql::GroupCommit& commits,
            std::chrono::seconds lease_age = kLeaseAge)
      : metadata_(metadata),
        commits_(commits),
        lease_age_(lease_age),
        found_(metadata, kMaxKeptManifests) {}

  [[nodiscard]] std::optional<StoredManifest> find(std::int64_t repository, const Digest& digest);
  [[nodiscard]] std::optional<StoredManifest> find(std::int64_t repository, const std::string& tag);
  // As the tag was at that time, if its manifest is still there.
  [[nodiscard]] std::optional<StoredManifest> find(std::int64_t repository, const std::string& tag,
                                                   Timestamp at);
  // Verifies the document and that everything it needs is in the repository (MissingReferences;
  // layers with URLs of their own and a subject need not be), then stores it and moves the tags in
  // one transaction. kInvalidArgument for a document that is no manifest, kDataLoss for a wrong
  // digest.
  PutResult put(std::int64_t repository, const NewManifest& manifest);
  // Also ends the tags that mean it. False when there is none. It can be restored for a while
  // (trash.h). kConflict when the tag is immutable.
  [[nodiscard]] bool remove(std::int64_t repository, const Digest& digest,
                            const std::string& account, const WithinChange& within);
  // Descriptors of the manifests whose subject is `subject`, in the order of their digests.
  [[nodiscard]] std::vector<Descriptor> referrers(std::int64_t repository, const Digest& subject,
                                                  const ReferrersQuery& query);

 private:
  struct Found {
    StoredManifest manifest;
    std::optional<std::int64_t> queued_at{};  // since when the collector has it in view
  };
  // By digest, where it has a colon, or by tag.
  [[nodiscard]] std::optional<Found> find_now(std::int64_t repository,
                                              const std::string& reference);
  [[nodiscard]] std::optional<Found> read(std::int64_t repository, const std::string& reference);

  sql::ConnectionPool& metadata_;
  sql::GroupCommit& commits_;
  const std::chrono::seconds lease_age_;
  ReadCache<std::optional<Found>> found_;
};

}  // namespace estiba::registry
