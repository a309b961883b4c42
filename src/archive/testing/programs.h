// Real programs as makers and judges of archives.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

#include "base/fd.h"
#include "base/process.h"

namespace estiba::archive::testing {

// What the shell script prints; the test fails when the script does. A failing command ends it.
inline std::string run_script(const std::string& script, const std::string& folder) {
  ProcessOptions options;
  options.argv = {"bash", "-euc", script};
  options.working_directory = folder;
  CapturedOutput output = run_captured(options, {}, 64u << 20);
  EXPECT_TRUE(output.status.success()) << script << "\n" << output.standard_error;
  return output.standard_output;
}

inline bool succeeds(const std::string& script, const std::string& folder) {
  ProcessOptions options;
  options.argv = {"bash", "-euc", script};
  options.working_directory = folder;
  return run_captured(options).status.success();
}

inline UniqueFd open_new(const std::string& path) {
  return open_file(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
}

}  // namespace estiba::archive::testing
