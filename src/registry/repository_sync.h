// Brings tags of one repository to another one, with all that belongs to them: every platform of an
// index, what an index holds besides images, and what refers to it (signatures, attestations).
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "client/registry_client.h"
#include "registry/sync_target.h"

namespace estiba::registry {

struct SyncOptions {
  std::vector<std::string> tags{};  // patterns; empty: all
  bool dry_run = false;             // only tells
  bool delete_missing = false;      // tags that match and are only at the target end there
};

enum class SyncStepKind { kCopied, kUnchanged, kDeleted, kFailed };
struct SyncStep {
  SyncStepKind kind = SyncStepKind::kCopied;
  std::string tag;
  std::string digest{};   // what the tag means
  std::string failure{};  // why not
};

struct SyncReport {
  std::size_t copied = 0;
  std::size_t unchanged = 0;
  std::size_t deleted = 0;
  std::size_t failed = 0;
  std::size_t manifests = 0;
  std::size_t blobs_copied = 0;
  std::size_t blobs_mounted = 0;
  std::uint64_t copied_bytes = 0;
};

// Used once, by one thread. Borrows the source and the target. A tag moves at the target when all
// that it needs is there; a tag that fails does not keep the others from coming.
class RepositorySync {
 public:
  RepositorySync(client::RegistryClient& source, Repository from, SyncTarget& target,
                 SyncOptions options, std::stop_token stop);
  // Throws what keeps the whole from being done: the source's tags cannot be listed, or kCancelled.
  SyncReport run(const std::function<void(const SyncStep&)>& on_step);

 private:
  [[nodiscard]] std::vector<std::string> chosen(const std::vector<std::string>& tags) const;
  void sync_tag(const std::string& tag, const std::function<void(const SyncStep&)>& on_step);
  [[nodiscard]] SyncStep copy_tag(const std::string& tag);
  void delete_others(const std::vector<std::string>& at_source,
                     const std::function<void(const SyncStep&)>& on_step);
  // With all that it refers to; nothing when it is there. Remembers it for referrers.
  void copy_manifest(const Digest& digest, int depth);
  store::ManifestDocument copy_content(const Digest& digest, int depth);
  void copy_blobs(const std::vector<Descriptor>& blobs);
  void copy_blob(const Descriptor& blob);
  void copy_referrers(const Digest& subject, int depth);
  [[nodiscard]] bool wants_companion(const std::string& tag) const;

  client::RegistryClient& source_;
  const Repository from_;
  SyncTarget& target_;
  const SyncOptions options_;
  const std::stop_token stop_;
  std::set<std::string> seen_;  // manifests that were copied, or found there
  std::mutex mutex_;            // guards the report while blobs travel
  SyncReport report_;
  ThreadPool threads_;
};

}  // namespace estiba::registry
