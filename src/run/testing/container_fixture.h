// Real containers for tests: a small root file system made of the host's static busybox, run by the
// host's OCI runtime in this process's private mount namespace.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/testing/test_directory.h"
#include "run/container_spec.h"
#include "run/runtime.h"

namespace estiba::run::testing {

struct Result {
  int exit_code = -1;
  std::string output;
  std::string error_output;
};

class ContainerTest : public ::testing::Test {
 public:
  // Once per process, before any test: containers need the privileges and a mount namespace.
  static void SetUpTestSuite();

 protected:
  ContainerTest();

  // A spec that runs `arguments` in rootfs().
  [[nodiscard]] ContainerSpec command(std::vector<std::string> arguments) const;
  [[nodiscard]] ContainerSpec shell(const std::string& script) const;
  // Runs it to the end with its streams in files; `input` is an open file or -1.
  Result run(const ContainerSpec& spec, int stdin_fd = -1);
  // The output of a script that must succeed, without the last newline.
  std::string output_of(const std::string& script);

  [[nodiscard]] const std::string& rootfs() const { return rootfs_; }
  [[nodiscard]] std::string state_directory();  // a new one
  [[nodiscard]] std::string scratch(const std::string& name) const { return directory_.file(name); }
  void write_rootfs_file(const std::string& path, std::string_view text, unsigned mode = 0644);

  OciRuntime runtime_ = OciRuntime::find();

 private:
  estiba::testing::TestDirectory directory_;
  std::string rootfs_ = directory_.file("rootfs");
  int states_ = 0;
};

}  // namespace estiba::run::testing
