// What builds remember of their contexts, in files of the store's context-cache/ that build/ owns.
#pragma once

#include <cstdint>
#include <string>

namespace estiba::store {

// Once the steps are gone that it speaks of: digests of files and the journals of --explain. What
// is kept is which image an unpinned base was ("*.bases"), so that a build can tell that it moved.
// Beside running builds, which write it anew. Returns the bytes that became free.
std::uint64_t forget_contexts(const std::string& store_root);

}  // namespace estiba::store
