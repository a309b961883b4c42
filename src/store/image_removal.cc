// docker rmi (moby, daemon/images/image_delete.go: the same questions in the same order).

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "store/image_deletion.h"
#include "store/image_rows.h"
#include "store/image_store_parts.h"
#include "store/lease.h"

namespace estiba::store {
namespace {

// Long enough to delete the files of an image; what is larger waits for the next sweep.
constexpr std::chrono::milliseconds kDeletionTime{200};

class RemovalRequest {
 public:
  RemovalRequest(sql::Connection& connection, const ImageStore::RemoveOptions& options)
      : connection_(connection), options_(options), deletion_(connection) {}

  void remove_name(const Digest& id, const Reference& reference);
  void remove_id(const Digest& id);

  [[nodiscard]] Removal& removal() { return removal_; }
  [[nodiscard]] const ImageDeletion& deletion() const { return deletion_; }

 private:
  // All names lie in one repository and at most one is a tag.
  [[nodiscard]] bool has_single_name(const Digest& id) const;
  [[nodiscard]] bool has_names(const Digest& id) const;
  void untag(const Reference& tag);
  void untag(const RepositoryDigest& digest);
  void untag_all(const Digest& id);
  bool delete_image(const Digest& id);
  // Those that an index held and that nobody asked for by themselves.
  void delete_indexed(const TagTarget& target);

  sql::Connection& connection_;
  const ImageStore::RemoveOptions& options_;
  ImageDeletion deletion_;
  Removal removal_;
};

bool RemovalRequest::has_single_name(const Digest& id) const {
  const std::vector<Reference> tags = tags_of_image(connection_, id);
  const std::vector<RepositoryDigest> digests = digests_of_image(connection_, id);
  if (tags.size() > 1 || (tags.empty() && digests.empty())) return false;
  const Repository& first = tags.empty() ? digests.front().repository : tags.front().repository();
  return std::all_of(digests.begin(), digests.end(),
                     [&](const RepositoryDigest& digest) { return digest.repository == first; });
}

bool RemovalRequest::has_names(const Digest& id) const {
  return !tags_of_image(connection_, id).empty() || !digests_of_image(connection_, id).empty();
}

void RemovalRequest::untag(const Reference& tag) {
  connection_.execute("DELETE FROM tags WHERE registry = $1 AND path = $2 AND tag = $3",
                      tag.repository().registry(), tag.repository().path(), *tag.tag());
  removal_.untagged.push_back(tag);
}

void RemovalRequest::untag(const RepositoryDigest& digest) {
  connection_.execute(
      "DELETE FROM repository_digests WHERE registry = $1 AND path = $2 AND digest = $3",
      digest.repository.registry(), digest.repository.path(), digest.manifest.to_string());
  removal_.untagged_digests.push_back(digest);
}

void RemovalRequest::untag_all(const Digest& id) {
  for (const Reference& tag : tags_of_image(connection_, id)) untag(tag);
  for (const RepositoryDigest& digest : digests_of_image(connection_, id)) untag(digest);
}

bool RemovalRequest::delete_image(const Digest& id) {
  const std::optional<Digest> parent = parent_of_image(connection_, id);
  if (!deletion_.try_delete(id)) return false;
  if (!options_.keep_parents) deletion_.delete_unused_ancestors(parent);
  return true;
}

void RemovalRequest::delete_indexed(const TagTarget& target) {
  for (const IndexedImage& indexed : target.images) {
    const std::optional<Image> image = read_image(connection_, indexed.image_id);
    if (image && image->intermediate && !has_names(image->id)) delete_image(image->id);
  }
}

void RemovalRequest::remove_name(const Digest& id, const Reference& reference) {
  const std::optional<std::string> container = container_of_image(connection_, id);
  if (container && !options_.force && has_single_name(id)) {
    throw Error(ErrorCode::kConflict,
                fmt::format("conflict: unable to remove repository reference \"{}\" (must force) - "
                            "container {} is using its referenced image {}",
                            reference.familiar(), container->substr(0, 12), id.short_hex()));
  }
  const std::optional<TagTarget> target = read_tag_target(connection_, reference);
  const Repository& repository = reference.repository();
  if (reference.digest()) {
    untag(RepositoryDigest{.repository = repository, .manifest = *reference.digest()});
  } else {
    untag(reference);
    const std::vector<Reference> tags = tags_of_image(connection_, id);
    const bool repository_is_left =
        std::any_of(tags.begin(), tags.end(),
                    [&](const Reference& tag) { return tag.repository() == repository; });
    // A repository's digests alone would be names that nobody gave.
    if (!repository_is_left) {
      for (const RepositoryDigest& digest : digests_of_image(connection_, id)) {
        if (digest.repository == repository) untag(digest);
      }
    }
  }
  // The name is gone: whoever needs the image itself keeps it without one.
  if (!has_names(id)) delete_image(id);
  if (target) delete_indexed(*target);
}

void RemovalRequest::remove_id(const Digest& id) {
  const auto refuse = [&](std::string_view how, const std::string& why) {
    throw Error(ErrorCode::kConflict,
                fmt::format("conflict: unable to delete {} ({}) - {}", id.short_hex(), how, why));
  };
  if (has_needed_descendant(connection_, id)) {
    refuse("cannot be forced", "image has dependent child images");
  }
  if (is_image_leased(connection_, id)) {
    refuse("cannot be forced", "image is being used by a running build, pull or push");
  }
  const std::optional<std::string> container = container_of_image(connection_, id);
  if (container && !options_.force) {
    refuse("must be forced", "image is being used by container " + container->substr(0, 12));
  }
  if (has_names(id) && !has_single_name(id) && !options_.force) {
    refuse("must be forced", "image is referenced in multiple repositories");
  }
  untag_all(id);
  delete_image(id);
}

}  // namespace

Removal ImageStore::remove(std::string_view name, const RemoveOptions& options) {
  DroppedRows dropped;
  // Synced: after loss of power no row may come back whose files are gone.
  Removal removal = parts_->database.write_durably([&](sql::Connection& connection) {
    delete_void_leases(connection);
    const std::optional<ResolvedName> resolved = resolve_name(connection, name);
    if (!resolved) {
      throw Error(ErrorCode::kNotFound, fmt::format("No such image: {}", name));
    }
    RemovalRequest request(connection, options);
    if (resolved->reference) {
      request.remove_name(resolved->id, *resolved->reference);
    } else {
      request.remove_id(resolved->id);
    }
    dropped = Collector::drop_rows(connection, request.deletion().layers());
    request.removal().deleted_images = request.deletion().images();
    return std::move(request.removal());
  });
  removal.deleted_layers = dropped.layers;
  removal.reclaimed_bytes = parts_->collector.remove_files(dropped);
  parts_->temporary.empty_trash(std::chrono::steady_clock::now() + kDeletionTime);
  return removal;
}

}  // namespace estiba::store
