// Places entries into a new layer on top of a root file system that is only looked at: COPY, ADD
// and WORKDIR make no files, they write a tar.
//
// The directories on the way to an entry go into the layer once, with the attributes they have
// below (an overlay shows those of the topmost layer), or as new ones.
#pragma once

#include <cstdint>
#include <string>

#include "archive/tar_writer.h"
#include "base/time.h"
#include "build/copy/destination_tree.h"
#include "fs/root_dir.h"

namespace estiba::build {

struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// Of the directories that are made on the way.
struct NewDirectories {
  Owner owner;
  unsigned mode = 0755;
  Timestamp mtime;
};

// Not thread-safe. Borrows what it is given. Paths are those of DestinationTree.
class LayerComposer {
 public:
  // `below` null: the layer stands on nothing.
  LayerComposer(const fs::RootDir* below, archive::TarWriter& tar, NewDirectories directories);

  [[nodiscard]] const DestinationTree& tree() const { return tree_; }

  // The directory at `path` and all above it, as mkdir -p makes them. Throws kConflict when
  // something else stands there.
  void make_directories(const std::string& path);
  // Writes the entry at entry.path, whose parent is a directory. What stands there gives way, but
  // a directory is merged with a directory, and takes the entry's attributes.
  void add(archive::TarEntry entry, Source* body = nullptr);
  void add_file(archive::TarEntry entry, int fd);
  // The attributes of the directory of the image below; it need not be in the layer yet.
  [[nodiscard]] archive::TarEntry existing_directory(const std::string& path) const;

 private:
  void add_directory(const std::string& path);

  DestinationTree tree_;
  archive::TarWriter& tar_;
  NewDirectories directories_;
};

}  // namespace estiba::build
