// The new mount API (fsopen, fsconfig, fsmount, move_mount) as one object per mount to be made.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "fs/mount.h"

namespace estiba::fs {

class MountContext {
 public:
  // kUnsupported when the kernel does not have the filesystem.
  explicit MountContext(const std::string& filesystem);

  // "key=value", or a flag.
  void set_option(std::string_view option);
  void set(const std::string& key, const std::string& value);
  // The errno instead of an error, 0 for success: for what older kernels refuse.
  [[nodiscard]] int try_set(const std::string& key, const std::string& value);
  [[nodiscard]] int try_create();

  enum class Access { kReadWrite, kReadOnly };
  // Creates the filesystem and mounts it.
  [[nodiscard]] Mount mount_on(const std::string& target, Access access);
  // The same after a try_create() that succeeded.
  [[nodiscard]] Mount attach(const std::string& target, Access access);

  // Throws for `reason`, with what the kernel wrote into its log of this context.
  [[noreturn]] void fail(int reason, const std::string& doing) const;

 private:
  std::string filesystem_;
  UniqueFd fd_;
};

}  // namespace estiba::fs
