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
  // Below the destination: "" is the destination itself. For a file that was named by a source of
  // its own it is the file's name: whether that counts is known when the destination is.
  std::string target;
  struct stat status {};
  bool named = false;   // a source named this very file
  bool unpack = false;  // when it is a tar archive
};

struct CopyItems {
  std::vector<CopyItem> items;  // a directory before what is in it; sorted within one source
  std::uint64_t total_bytes = 0;
  bool several_sources = false;
};

// Sources in one tree. A COPY may take from several: the context, heredocs, downloads.
struct CopyPart {
  const FileTree* tree = nullptr;  // borrowed; outlives the items
  std::vector<std::string> sources;
  bool unpack = false;  // ADD: archives that a source names are extracted
};

// Walks what the parts name. A directory gives its content, not itself; a link that a source names
// is followed, a link below a directory is copied. There is at least one item.
[[nodiscard]] CopyItems collect_copy_items(const std::vector<CopyPart>& parts);

}  // namespace estiba::build
