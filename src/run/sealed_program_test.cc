#include "run/sealed_program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "base/process.h"
#include "base/testing/expect_error.h"

namespace estiba::run {
namespace {

TEST(SealedProgram, RunsAsTheFileDoes) {
  const UniqueFd program = sealed_program("/bin/sh");
  ASSERT_TRUE(program);
  ProcessOptions options;
  options.argv = {fmt::format("/proc/self/fd/{}", program.get()), "-c", "exit 3"};
  EXPECT_EQ(ChildProcess::spawn(options).wait().exit_code(), 3);
}

TEST(SealedProgram, CannotBeChanged) {
  const UniqueFd program = sealed_program("/bin/sh");
  ASSERT_TRUE(program);
  EXPECT_EQ(::pwrite(program.get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(program.get(), 0), -1);
  EXPECT_EQ(errno, EPERM);
}

TEST(SealedProgram, MustExist) {
  EXPECT_EQ(estiba::testing::error_code_of([] { (void)sealed_program("/no/such/runtime"); }),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace estiba::run
