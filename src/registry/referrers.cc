#include "registry/referrers.h"

#include "registry/limits.h"
#include "registry/manifest_document.h"

namespace estiba::registry {
namespace {

// Where clients keep the list for registries without this endpoint ("Referrers Tag Schema").
std::string fallback_tag(const Digest& subject) {
  constexpr std::size_t kMaxHex = 64;
  const std::string text = subject.to_string();
  return text.substr(0, text.find(':')) + "-" + subject.hex().substr(0, kMaxHex);
}

// The entry as this endpoint tells it, when the repository has its manifest and the manifest does
// not name its subject itself: then it is among the referrers anyway.
std::optional<Descriptor> import_entry(Manifests& manifests, std::int64_t repository,
                                       const Descriptor& entry) {
  const auto stored = manifests.find(repository, entry.digest);
  if (!stored) return std::nullopt;
  const ManifestDocument document = read_manifest_document(stored->bytes, stored->media_type);
  if (document.subject) return std::nullopt;
  Descriptor descriptor{
      stored->media_type, entry.digest, stored->bytes.size(), {}, document.annotations, {}, {}};
  descriptor.artifact_type = document.artifact_type;
  return descriptor;
}

}  // namespace

std::vector<Descriptor> tagged_referrers(Manifests& manifests, std::int64_t repository,
                                         const Digest& subject, const std::string& artifact_type) {
  const auto list = manifests.find(repository, fallback_tag(subject));
  std::vector<Descriptor> imported;
  if (!list) return imported;
  for (const Descriptor& entry : read_index_entries(list->bytes)) {
    if (imported.size() >= kReferrersPageSize) break;
    auto descriptor = import_entry(manifests, repository, entry);
    if (!descriptor) continue;
    if (artifact_type.empty() || descriptor->artifact_type == artifact_type) {
      imported.push_back(*std::move(descriptor));
    }
  }
  return imported;
}

}  // namespace estiba::registry
