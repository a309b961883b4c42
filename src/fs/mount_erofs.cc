#include <fmt/format.h>

#include <cerrno>

#include "base/error.h"
#include "fs/loop_device.h"
#include "fs/mount.h"
#include "fs/mount_context.h"
#include "fs/mount_fallback.h"

namespace estiba::fs {
namespace {

void describe(MountContext& context, const std::string& image,
              const std::vector<std::string>& devices) {
  // Of the filesystem, not only of the mount: a read-only block device is not opened otherwise.
  context.set_option("ro");
  context.set("source", image);
  for (const std::string& device : devices) context.set("device", device);
}

}  // namespace

Mount mount_erofs_on_loop_devices(const ErofsMount& erofs) {
  const LoopDevice image = LoopDevice::attach(erofs.image);
  std::vector<LoopDevice> attached;
  std::vector<std::string> devices;
  for (const std::string& file : erofs.devices) {
    attached.push_back(LoopDevice::attach(file));
    devices.push_back(attached.back().path());
  }
  MountContext context("erofs");
  describe(context, image.path(), devices);
  return context.mount_on(erofs.target, MountContext::Access::kReadOnly);
}

Mount mount_erofs(const ErofsMount& erofs) {
  MountContext context("erofs");
  describe(context, erofs.image, erofs.devices);
  const int reason = context.try_create();
  // "A block device is required": this kernel cannot mount files.
  if (reason == ENOTBLK) return mount_erofs_on_loop_devices(erofs);
  if (reason != 0) context.fail(reason, fmt::format("mount {} on {}", erofs.image, erofs.target));
  return context.attach(erofs.target, MountContext::Access::kReadOnly);
}

}  // namespace estiba::fs
