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

int probe(TemporaryArea& temporary) {
  const fs::TemporaryDirectory directory = temporary.make_directory();
  const std::string tar_path = directory.path() + "/tar";
  const std::string index_path = directory.path() + "/index";
  const UniqueFd tar = open_file(tar_path, O_RDWR | O_CREAT | O_EXCL);
  write_all(tar.get(), {kEmptyTar.data(), kEmptyTar.size()}, tar_path);
  const UniqueFd index = open_file(index_path, O_RDWR | O_CREAT | O_EXCL);
  archive::erofs::write_index(tar.get(), kEmptyTar.size(), index.get());
  return try_superblock(index_path, tar_path);
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
