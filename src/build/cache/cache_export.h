// --cache-to: what the steps of this build made, for builds elsewhere.
#pragma once

#include <vector>

#include "build/cache/cache_document.h"
#include "build/cache/cache_storage.h"
#include "build/steps/step.h"

namespace estiba::build {

// Writes the layers of `steps`, then the manifest. `steps` say nothing of places yet.
void export_cache(const StepContext& context, std::vector<CachedStep> steps, CacheStorage& to);

// The same for the image's own config: `diff_ids` are its layers, among which those of the steps
// are.
[[nodiscard]] std::string inline_cache(std::vector<CachedStep> steps,
                                       const std::vector<Digest>& diff_ids);

}  // namespace estiba::build
