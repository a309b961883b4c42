// A place in a directory tree that moves down and up again, with one descriptor at any depth.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"

namespace estiba::fs {

// Going up opens ".." and insists that it is the directory we came from: somebody who moves a
// directory while we are inside can end the work (kConflict), not lead it elsewhere.
class DirectoryCursor {
 public:
  // `start` is an open directory, O_PATH will do.
  explicit DirectoryCursor(UniqueFd start);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::size_t depth() const { return above_.size(); }

  enum class Mounts { kEnter, kRefuse };
  // Enters the directory `name`, which must not be a link. A refused mount point is kConflict.
  // False when it is not there any more, or is no directory.
  [[nodiscard]] bool enter(const std::string& name, Mounts mounts);
  void leave();

 private:
  struct Identity {
    dev_t device;
    ino_t inode;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  [[nodiscard]] static Identity identify(int fd);

  UniqueFd fd_;
  std::vector<Identity> above_;
};

}  // namespace estiba::fs
