// A network namespace of our own making, and the file by which programs enter it.
#pragma once

#include <string>

#include "fs/mount.h"

namespace estiba::run {

// Gone with its last process once this, and our mount namespace with it, is gone.
class NetworkNamespace {
 public:
  // The file is made in `directory`, which must exist.
  [[nodiscard]] static NetworkNamespace make(const std::string& directory);
  NetworkNamespace(NetworkNamespace&&) noexcept = default;
  NetworkNamespace& operator=(NetworkNamespace&&) noexcept = default;
  ~NetworkNamespace();

  [[nodiscard]] const std::string& path() const { return mount_.target(); }

 private:
  explicit NetworkNamespace(fs::Mount mount) : mount_(std::move(mount)) {}
  fs::Mount mount_;
};

}  // namespace estiba::run
