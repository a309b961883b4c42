#include "fs/loop_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/error.h"

namespace estiba::fs {

LoopDevice LoopDevice::attach(const std::string& file) {
  // Between asking for a free device and taking it somebody else may take it.
  constexpr int kMaxAttempts = 64;
  const UniqueFd control = open_file("/dev/loop-control", O_RDWR);
  const UniqueFd backing = open_file(file, O_RDONLY);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) throw_errno("find a free loop device");
    const std::string path = fmt::format("/dev/loop{}", number);
    UniqueFd device = open_file(path, O_RDONLY);
    loop_config config = {};
    config.fd = static_cast<unsigned>(backing.get());
    config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
    if (::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) {
      return LoopDevice(std::move(device), path);
    }
    if (errno != EBUSY) throw_errno(fmt::format("attach {} to {}", file, path));
  }
  throw Error(ErrorCode::kUnavailable, "every free loop device was taken by somebody else");
}

}  // namespace estiba::fs
