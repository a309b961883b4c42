// Manifests that refer to another, however their clients told it.
#pragma once

#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "registry/manifests.h"

namespace estiba::registry {

// The entries of the list that clients keep under a tag for registries without a referrers API
// ("Referrers Tag Schema"), as that API tells them: those whose manifests the repository has and
// that do not name their subject themselves, of one artifact type unless it is empty. At most
// kReferrersPageSize.
[[nodiscard]] std::vector<Descriptor> tagged_referrers(Manifests& manifests,
                                                       std::int64_t repository,
                                                       const Digest& subject,
                                                       const std::string& artifact_type);

}  // namespace estiba::registry
