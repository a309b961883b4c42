// Places entries into a new layer on top of a root file system that is only looked at: COPY and ADD
// make no files, they write a tar.
//
// The directories on the way to an entry go into the layer once, with the attributes they have
// below (an overlay shows those of the topmost layer), or as new ones.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "archive/tar_writer.h"
#include "base/time.h"
#include "fs/root_dir.h"

namespace estiba::build {

struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

struct ComposerOptions {
  Owner new_directories;  // owner of the directories that are made on the way
  Timestamp now;          // their modification time
};

// Not thread-safe. Borrows both.
class LayerComposer {
 public:
  LayerComposer(const fs::RootDir& below, archive::TarWriter& tar, ComposerOptions options);

  // Where `path` arrives in the image below, links followed: "a/b".
  [[nodiscard]] std::string resolve(const std::string& path) const;
  // Whether a directory stands at `path`, in this layer or below.
  [[nodiscard]] bool is_directory(const std::string& path) const;

  // The directory at `path` and all above it.
  void add_directories(const std::string& path);
  // entry.path is its place in the image; links in its parents are followed below. A directory over
  // an existing directory keeps its place but takes the entry's attributes.
  void add(archive::TarEntry entry, Source* body = nullptr);
  void add_file(archive::TarEntry entry, int fd);

 private:
  std::string place(const std::string& path);
  void add_directory(const std::string& path);
  const std::string& resolve_parent(const std::string& parent);

  const fs::RootDir& below_;
  archive::TarWriter& tar_;
  ComposerOptions options_;
  std::map<std::string, std::string> resolved_parents_;
  std::set<std::string> directories_;  // written into this layer
};

}  // namespace estiba::build
