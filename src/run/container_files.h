// What a container has in its file system beside its image.
#pragma once

#include <string>
#include <vector>

#include "oci/digest.h"
#include "run/containers.h"

namespace estiba::store {
class SnapshotMounter;
}

namespace estiba::run {

struct FileChange {
  char kind = 'C';  // A, C or D, as docker has it
  std::string path;
};

// Sorted by path. Our process is in a private mount namespace.
[[nodiscard]] std::vector<FileChange> file_changes(store::Store& store,
                                                   store::SnapshotMounter& mounter,
                                                   const Container& container);

// Its changes as a layer of the store; returns the layer's diff ID.
[[nodiscard]] Digest seal_changes(store::Store& store, const Container& container);

}  // namespace estiba::run
