#include "registry/repository_sync.h"

#include <algorithm>
#include <future>

#include "base/cancel.h"
#include "base/error.h"
#include "registry/limits.h"
#include "registry/manifest_document.h"
#include "registry/name_pattern.h"

namespace estiba::registry {

RepositorySync::RepositorySync(client::RegistryClient& source, Repository from, SyncTarget& target,
                               SyncOptions options, std::stop_token stop)
    : source_(source),
      from_(std::move(from)),
      target_(target),
      options_(std::move(options)),
      stop_(std::move(stop)),
      threads_(kSyncedBlobsAtOnce) {}

std::vector<std::string> RepositorySync::chosen(const std::vector<std::string>& tags) const {
  std::vector<std::string> matching;
  for (const std::string& tag : tags) {
    const auto matches = [&](const std::string& pattern) { return matches_pattern(tag, pattern); };
    if (options_.tags.empty() || std::any_of(options_.tags.begin(), options_.tags.end(), matches)) {
      matching.push_back(tag);
    }
  }
  return matching;
}

// "sha256-<hex>.sig" and the like: how signatures are kept where there are no referrers.
bool RepositorySync::wants_companion(const std::string& tag) const {
  const std::size_t dash = tag.find('-');
  if (dash == std::string::npos) return false;
  const std::string hex = tag.substr(dash + 1, tag.find('.', dash) - dash - 1);
  return seen_.contains(tag.substr(0, dash) + ":" + hex);
}

SyncReport RepositorySync::run(const std::function<void(const SyncStep&)>& on_step) {
  const std::vector<std::string> at_source = source_.list_tags(from_, stop_);
  const std::vector<std::string> wanted = chosen(at_source);
  for (const std::string& tag : wanted) sync_tag(tag, on_step);
  for (const std::string& tag : at_source) {
    if (std::binary_search(wanted.begin(), wanted.end(), tag) || !wants_companion(tag)) continue;
    sync_tag(tag, on_step);
  }
  if (options_.delete_missing) delete_others(at_source, on_step);
  return report_;
}

void RepositorySync::sync_tag(const std::string& tag,
                              const std::function<void(const SyncStep&)>& on_step) {
  throw_if_stopped(stop_);
  SyncStep step;
  try {
    step = copy_tag(tag);
    ++(step.kind == SyncStepKind::kCopied ? report_.copied : report_.unchanged);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    step = {SyncStepKind::kFailed, tag, "", error.what()};
    ++report_.failed;
  }
  on_step(step);
}

SyncStep RepositorySync::copy_tag(const std::string& tag) {
  const Digest digest = source_.resolve(Reference(from_, tag, std::nullopt), stop_).digest;
  const bool unchanged = target_.find_tag(tag) == digest;
  const SyncStep step{unchanged ? SyncStepKind::kUnchanged : SyncStepKind::kCopied, tag,
                      digest.to_string()};
  if (options_.dry_run) {
    seen_.insert(digest.to_string());
    return step;
  }
  // Also when it is unchanged: something new may refer to an entry of it.
  const auto document = copy_content(digest, 0);
  seen_.insert(digest.to_string());
  if (!unchanged) {
    target_.put_manifest(document, tag);
    ++report_.manifests;
  }
  copy_referrers(digest, 0);
  return step;
}

void RepositorySync::delete_others(const std::vector<std::string>& at_source,
                                   const std::function<void(const SyncStep&)>& on_step) {
  for (const std::string& tag : chosen(target_.list_tags())) {
    if (std::binary_search(at_source.begin(), at_source.end(), tag)) continue;
    throw_if_stopped(stop_);
    try {
      if (!options_.dry_run) target_.delete_tag(tag);
      ++report_.deleted;
      on_step({SyncStepKind::kDeleted, tag});
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
      ++report_.failed;
      on_step({SyncStepKind::kFailed, tag, "", error.what()});
    }
  }
}

void RepositorySync::copy_manifest(const Digest& digest, int depth) {
  if (!seen_.insert(digest.to_string()).second) return;
  if (depth > kMaxSyncDepth || seen_.size() > kMaxSyncedManifests) {
    throw Error(ErrorCode::kUnsupported, "the image refers to too many manifests, or too deep");
  }
  try {
    if (!target_.has_manifest(digest)) {
      target_.put_manifest(copy_content(digest, depth), "");
      ++report_.manifests;
    }
    copy_referrers(digest, depth);
  } catch (...) {
    seen_.erase(digest.to_string());  // another tag may need it, and have more luck
    throw;
  }
}

// All that the manifest needs; the manifest itself is put by who asked.
store::ManifestDocument RepositorySync::copy_content(const Digest& digest, int depth) {
  throw_if_stopped(stop_);
  store::ManifestDocument document =
      source_.get_manifest(Reference(from_, std::nullopt, digest), stop_);
  std::vector<Descriptor> blobs;
  for (const ManifestReference& needed :
       read_manifest_document(document.bytes, document.media_type).references) {
    if (!needed.required) continue;  // it is fetched from elsewhere
    if (needed.is_manifest) {
      copy_manifest(needed.digest, depth + 1);
    } else {
      blobs.push_back({.digest = needed.digest, .size_bytes = needed.size_bytes});
    }
  }
  copy_blobs(blobs);
  return document;
}

void RepositorySync::copy_blobs(const std::vector<Descriptor>& blobs) {
  std::vector<std::future<void>> running;
  std::set<std::string> once;
  for (const Descriptor& blob : blobs) {
    if (!once.insert(blob.digest.to_string()).second) continue;
    running.push_back(threads_.submit([this, blob] { copy_blob(blob); }));
  }
  std::exception_ptr failure;
  for (std::future<void>& one : running) {
    try {
      one.get();
    } catch (...) {  // all must have ended before any is told
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void RepositorySync::copy_blob(const Descriptor& blob) {
  throw_if_stopped(stop_);
  if (blob.size_bytes > kMaxBlobBytes) {
    throw Error(ErrorCode::kUnsupported, "the blob " + blob.digest.to_string() + " is too large");
  }
  if (target_.has_blob(blob.digest)) return;
  const BlobArrival arrival = target_.put_blob(blob, [&](std::uint64_t offset_bytes) {
    return source_.open_blob(from_, blob, offset_bytes, stop_);
  });
  const std::lock_guard lock(mutex_);
  if (arrival == BlobArrival::kMounted) {
    ++report_.blobs_mounted;
    return;
  }
  ++report_.blobs_copied;
  report_.copied_bytes += blob.size_bytes;
}

void RepositorySync::copy_referrers(const Digest& subject, int depth) {
  for (const Descriptor& referrer : source_.list_referrers(from_, subject, stop_)) {
    copy_manifest(referrer.digest, depth + 1);
  }
}

}  // namespace estiba::registry
