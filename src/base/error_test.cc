#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/testing/expect_error.h"

namespace estiba {
namespace {

TEST(Error, PrintsTheOutermostContextFirst) {
  Error error(ErrorCode::kDataLoss, "the digest differs", "pull it again");
  error.add_context("reading layer 3").add_context("pushing debian:12");
  EXPECT_STREQ(error.what(), "while pushing debian:12: while reading layer 3: the digest differs");
  EXPECT_EQ(error.message(), "the digest differs");
  EXPECT_EQ(error.hint(), "pull it again");
}

TEST(Error, WithContextKeepsTheCodeAndGivesTheValueThrough) {
  EXPECT_EQ(with_context([] { return std::string("counting"); }, [] { return 7; }), 7);
  try {
    with_context([] { return std::string("counting"); },
                 [] { throw Error(ErrorCode::kConflict, "in use"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConflict);
    EXPECT_STREQ(error.what(), "while counting: in use");
  }
}

TEST(Error, MapsErrnoToACodeAndASentence) {
  const struct {
    int errno_value;
    ErrorCode code;
  } cases[] = {
      {ENOENT, ErrorCode::kNotFound},          {EACCES, ErrorCode::kPermissionDenied},
      {EPERM, ErrorCode::kPermissionDenied},   {ENOSPC, ErrorCode::kResourceExhausted},
      {EDQUOT, ErrorCode::kResourceExhausted}, {EMFILE, ErrorCode::kResourceExhausted},
      {EEXIST, ErrorCode::kAlreadyExists},     {ENOSYS, ErrorCode::kUnsupported},
      {EOPNOTSUPP, ErrorCode::kUnsupported},   {EIO, ErrorCode::kIo},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(testing::error_code_of([&] { throw_errno(each.errno_value, "open x"); }), each.code)
        << each.errno_value;
  }
  errno = ENOENT;
  try {
    throw_errno("open /nowhere");
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot open /nowhere: No such file or directory");
  }
}

}  // namespace
}  // namespace estiba
