#include "build/steps/emulator.h"

#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/fd.h"

namespace estiba::build {
namespace {

constexpr const char* kRegistrations = "/proc/sys/fs/binfmt_misc/";

// QEMU's name for a processor, under which packages register it.
std::string emulator_name(const std::string& architecture) {
  static constexpr std::array<std::pair<const char*, const char*>, 4> kNames = {{
      {"arm64", "aarch64"},
      {"386", "i386"},
      {"mips64le", "mips64el"},
      {"loong64", "loongarch64"},
  }};
  for (const auto& [oci, qemu] : kNames) {
    if (architecture == oci) return std::string("qemu-") + qemu;
  }
  return architecture == "amd64" ? "qemu-x86_64" : "qemu-" + architecture;
}

bool is_registered(const std::string& architecture) {
  const std::string path = kRegistrations + emulator_name(architecture);
  return path_exists(path) && read_file(path, 4096).starts_with("enabled");
}

bool runs_here(const Platform& platform) {
  const Platform host = Platform::host();
  if (platform.os != host.os) return false;
  if (platform.architecture == host.architecture || platform.architecture.empty()) return true;
  return (host.architecture == "amd64" && platform.architecture == "386") ||
         is_registered(platform.architecture);
}

}  // namespace

void require_emulator(const Platform& platform) {
  if (runs_here(platform)) return;
  throw Error(
      ErrorCode::kUnsupported,
      "cannot run programs for " + platform.to_string() + " on " + Platform::host().to_string() +
          ": the kernel knows no emulator for them",
      "register QEMU with binfmt_misc (Debian: qemu-user-static), or cross-build in a stage "
      "that begins with FROM --platform=$BUILDPLATFORM");
}

}  // namespace estiba::build
