// The image's root file system as it stands while a layer is being written: what lies below, and
// what the layer has put over it so far. Nothing is created: the layer is a tar.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "fs/root_dir.h"

namespace estiba::build {

enum class NodeKind { kNone, kDirectory, kSymlink, kOther };

// Paths are "a/b" without links, "." and ".."; "" is the root, a directory. Not thread-safe.
class DestinationTree {
 public:
  // `below` is borrowed; null: the layer stands on nothing (COPY --link).
  explicit DestinationTree(const fs::RootDir* below) : below_(below) {}

  [[nodiscard]] NodeKind kind(const std::string& path) const;
  [[nodiscard]] bool in_layer(const std::string& path) const { return written_.contains(path); }
  // Null when nothing of the image below is to be seen at `path`.
  [[nodiscard]] const fs::RootDir* below(const std::string& path) const;

  // Where `path` arrives with every link followed, `root` being the root of absolute links and of
  // "..", as in a chroot. Components that do not exist are kept. Links are those of the layer, too.
  [[nodiscard]] std::string resolve(std::string_view path, const std::string& root = "") const;

  // The layer has an entry at `path` now. A directory over a directory is merged with it; all else
  // hides what was there.
  void put(const std::string& path, NodeKind kind, std::string link_target = {});

 private:
  struct Written {
    NodeKind kind;
    std::string link_target;
    bool hides_below;  // nothing of the image below shows in it
  };
  [[nodiscard]] bool hidden(const std::string& path) const;
  [[nodiscard]] std::string link_target(const std::string& path) const;
  void forget_below(const std::string& path);

  const fs::RootDir* below_;
  std::map<std::string, Written, std::less<>> written_;
};

}  // namespace estiba::build
