// Bounds on documents from strangers; the sizes of documents stand beside their types.
#pragma once

#include <cstddef>

namespace estiba {

// The specifications' documents nest less than ten deep.
inline constexpr std::size_t kMaxJsonDepth = 64;
// A manifest of the largest permitted size has about 150,000 values; a bomb of "[],[]," in as many
// bytes would have ten times more and cost a hundred megabytes of memory.
inline constexpr std::size_t kMaxJsonValues = 1u << 18;

}  // namespace estiba
