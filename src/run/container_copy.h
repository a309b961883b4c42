// cp: files between two trees, by docker's rules of what lands where.
#pragma once

#include <string>

#include "base/stream.h"
#include "fs/root_dir.h"
#include "run/copy_tree.h"

namespace estiba::run {

// A path in a tree, as a person wrote it: "/." at the end means a directory's content.
struct CopyPlace {
  const fs::RootDir& tree;
  std::string path;
  std::string shown;  // in messages
};

struct CopyFlags {
  bool follows_link = false;  // -L: the source is what the link names
  CopiedOwner owner = CopiedOwner::kOurs;
};

// Links are resolved inside their tree. Throws kNotFound and kInvalidArgument in docker's words.
void copy_between(const CopyPlace& from, const CopyPlace& to, const CopyFlags& flags);
// As a tar archive whose entries begin with the source's name.
void copy_to_tar(const CopyPlace& from, Sink& tar, const CopyFlags& flags);
// The content of an archive, compressed or not, into a directory; owners are the archive's.
void copy_from_tar(Source& tar, const CopyPlace& to);

}  // namespace estiba::run
