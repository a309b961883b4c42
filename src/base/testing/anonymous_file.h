// A file that one test reads and writes, and that nobody else can find.
#pragma once

#include <fcntl.h>

#include <filesystem>

#include "base/error.h"
#include "base/fd.h"

namespace estiba::testing {

inline UniqueFd anonymous_file() {
  const std::string folder = std::filesystem::temp_directory_path();
  UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) throw_errno("make a test file");
  return fd;
}

}  // namespace estiba::testing
