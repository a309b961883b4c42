#include "store/layer_form.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "archive/erofs/index_builder.h"
#include "base/error.h"
#include "base/fd.h"
#include "fs/kernel.h"
#include "store/temporary_area.h"

namespace estiba::store {
namespace {

// An empty layer: two blocks of zeros.
constexpr std::array<char, 1024> kEmptyTar = {};

bool configure(const UniqueFd& context, unsigned command, const char* key,
               const std::string& value) {
  return ::fsconfig(context.get(), static_cast<fsconfig_command>(command), key, value.c_str(), 0) ==
         0;
}

// Lets the kernel read an index and its tar as a filesystem, without mounting it anywhere: needs no
// mount namespace and leaves nothing behind. Returns 0 or the errno.
int try_superblock(const std::string& index, const std::string& tar) {
  const UniqueFd context(::fsopen("erofs", FSOPEN_CLOEXEC));
  if (!context) return errno;
  if (!configure(context, FSCONFIG_SET_STRING, "source", index) ||
      !configure(context, FSCONFIG_SET_STRING, "device", tar) ||
      ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return errno;
  }
  return 0;
}

// The empty layer stays for the next process, which then has nothing to write.
int probe(TemporaryArea& temporary) {
  const std::string tar_path = temporary.kept_file("empty-layer.tar");
  const std::string index_path = temporary.kept_file("empty-layer.index");
  if (path_exists(index_path) && try_superblock(index_path, tar_path) == 0) return 0;
  // Not there yet, damaged by loss of power, or not to be mounted here.
  fs::TemporaryFile tar = temporary.make_file();
  write_all(tar.fd(), {kEmptyTar.data(), kEmptyTar.size()}, tar_path);
  fs::TemporaryFile index = temporary.make_file();
  archive::erofs::write_index(tar.fd(), kEmptyTar.size(), index.fd());
  const int reason = try_superblock(fmt::format("/proc/self/fd/{}", index.fd()),
                                    fmt::format("/proc/self/fd/{}", tar.fd()));
  if (reason != 0) return reason;
  ::unlink(tar_path.c_str());
  ::unlink(index_path.c_str());
  tar.publish_unsynced(tar_path);
  index.publish_unsynced(index_path);
  return 0;
}

}  // namespace

LayerForm FormChoice::form() {
  std::call_once(once_, [this] { decide(); });
  return form_;
}

std::string FormChoice::reason() {
  std::call_once(once_, [this] { decide(); });
  return reason_;
}

void FormChoice::decide() {
  if (forced_) {
    form_ = *forced_;
    reason_ = "asked for";
    return;
  }
  if (!fs::supports_filesystem("erofs")) {
    reason_ = "this kernel does not have the filesystem erofs";
    return;
  }
  const int error = probe(temporary_);
  if (error == 0) {
    form_ = LayerForm::kIndex;
    reason_ = "the kernel mounts a layer's index and tar as files";
  } else if (error == ENOTBLK && ::access("/dev/loop-control", R_OK | W_OK) == 0) {
    form_ = LayerForm::kIndex;
    reason_ = "the kernel mounts a layer's index and tar through loop devices";
  } else if (error == EPERM) {
    reason_ = "mounting erofs needs root";
  } else if (error == ENOTBLK) {
    reason_ = "this kernel cannot mount files as erofs and has no loop devices";
  } else {
    reason_ = fmt::format("the kernel refuses to mount erofs: {}", std::strerror(error));
  }
}

}  // namespace estiba::store
