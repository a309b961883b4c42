// What one COPY or ADD puts into the image, before anything is read.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "build/copy/file_tree.h"

namespace estiba::build {

struct CopyItem {
  const FileTree* tree = nullptr;  // borrowed
  std::string source;              // path in the tree
  // Below what its source names; of that itself, its name as it was asked for.
  std::string target;
  struct stat status {};
  bool named = false;   // what a source names: items that are not belong to the last that is
  bool unpack = false;  // when it is a tar archive
  // A directory that patterns leave out or do not ask for, here only for what is below it.
  bool on_the_way = false;
};

struct CopyItems {
  std::vector<CopyItem> items;  // a directory before what is in it; sorted within one source
  std::uint64_t total_bytes = 0;
};

// Sources in one tree. A COPY may take from several: the context, heredocs, downloads.
struct CopyPart {
  const FileTree* tree = nullptr;  // borrowed; outlives the items
  std::vector<std::string> sources;
  bool unpack = false;   // ADD: archives that a source names are extracted
  bool parents = false;  // --parents: the folders of a source are kept, from "/./" on
  bool literal = false;  // the sources are paths; wildcards mean themselves
  const std::vector<std::string>* excludes = nullptr;  // --exclude; borrowed, may be null
};

// Walks what the parts name. A directory gives its content, not itself; a link that a source names
// is followed, a link below a directory is copied. Wildcards that match nothing give no item.
[[nodiscard]] CopyItems collect_copy_items(const std::vector<CopyPart>& parts);

}  // namespace estiba::build
