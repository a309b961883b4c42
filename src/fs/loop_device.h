// A file as a block device.
#pragma once

#include <string>

#include "base/fd.h"

namespace estiba::fs {

// Read-only, with direct I/O off so that the page cache of the file is shared. The kernel frees the
// device (autoclear) when the last user is gone: this object, or what is mounted from it.
class LoopDevice {
 public:
  [[nodiscard]] static LoopDevice attach(const std::string& file);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  LoopDevice(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

}  // namespace estiba::fs
