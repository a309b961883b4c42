#include "run/sealed_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

namespace estiba::run {
namespace {

constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// Linux 6.3; older headers lack it, older kernels refuse it.
#ifndef MFD_EXEC
constexpr unsigned MFD_EXEC = 0x0010u;
#endif

UniqueFd memory_file() {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd file(::memfd_create("runtime", kFlags | MFD_EXEC));
  if (!file) file = UniqueFd(::memfd_create("runtime", kFlags));
  return file;
}

bool copy_all(int from, int to, std::size_t size) {
  while (size > 0) {
    const ssize_t copied = ::sendfile(to, from, nullptr, size);
    if (copied <= 0) return false;
    size -= static_cast<std::size_t>(copied);
  }
  return true;
}

}  // namespace

UniqueFd sealed_program(const std::string& path) {
  const UniqueFd program = open_file(path, O_RDONLY);
  UniqueFd file = memory_file();
  if (!file || !copy_all(program.get(), file.get(), file_size(program.get(), path)) ||
      ::fcntl(file.get(), F_ADD_SEALS, kAllSeals) != 0) {
    return {};
  }
  return file;
}

}  // namespace estiba::run
