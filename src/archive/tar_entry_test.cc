#include "archive/tar_entry.h"

#include <gtest/gtest.h>

#include "base/testing/expect_error.h"

namespace estiba::archive {
namespace {

using estiba::testing::error_code_of;

TEST(EntryPath, IsRelativeAndClean) {
  const std::pair<const char*, const char*> cases[] = {
      {"a/b", "a/b"},      {"./a/b", "a/b"},   {"/a/b", "a/b"},
      {"a//b/", "a/b"},    {"a/./b", "a/b"},   {"a/../b", "b"},
      {"a/b/..", "a"},     {"./", ""},         {"", ""},
      {"/", ""},           {"..a/b", "..a/b"}, {"a/...", "a/..."},
      {"a/b/../../c", "c"}};
  for (const auto& [written, clean] : cases) EXPECT_EQ(clean_entry_path(written), clean) << written;
}

TEST(EntryPath, RefusesWhatNoTreeCanHold) {
  const std::string cases[] = {"..",
                               "../a",
                               "/../a",
                               "a/../../b",
                               std::string("a\0b", 3),
                               std::string(256, 'n'),
                               std::string(2050, 'x').replace(255, 1, "/").replace(511, 1, "/")};
  for (const std::string& path : cases) {
    EXPECT_EQ(error_code_of([&] { static_cast<void>(clean_entry_path(path)); }),
              ErrorCode::kInvalidArgument)
        << path;
  }
  std::string too_long;
  while (too_long.size() <= 4095) too_long += "directory/";
  EXPECT_EQ(error_code_of([&] { static_cast<void>(clean_entry_path(too_long)); }),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace estiba::archive
