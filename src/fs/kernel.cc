#include "fs/kernel.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace estiba::fs {

std::string kernel_release() {
  utsname name = {};
  if (::uname(&name) != 0) throw_errno("ask for the kernel's release");
  return name.release;
}

bool kernel_at_least(int major, int minor) {
  int running_major = 0;
  int running_minor = 0;
  const std::string release = kernel_release();
  if (std::sscanf(release.c_str(), "%d.%d", &running_major, &running_minor) != 2) {
    throw Error(ErrorCode::kUnsupported, fmt::format("the kernel's release is \"{}\"", release));
  }
  return std::pair(running_major, running_minor) >= std::pair(major, minor);
}

bool supports_filesystem(std::string_view name) {
  // "nodev\ttmpfs" or "\text4"
  for (const std::string& line : split(read_file("/proc/filesystems"), '\n')) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos && line.substr(tab + 1) == name) return true;
  }
  const std::string modules = fmt::format("/lib/modules/{}/modules.dep", kernel_release());
  return path_exists(modules) &&
         read_file(modules).find(fmt::format("/{}.ko", name)) != std::string::npos;
}

}  // namespace estiba::fs
