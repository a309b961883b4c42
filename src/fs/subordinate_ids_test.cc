#include "fs/subordinate_ids.h"

#include <gtest/gtest.h>

namespace estiba::fs {
namespace {

std::vector<std::uint32_t> firsts(const std::string& text) {
  std::vector<std::uint32_t> numbers;
  for (const IdRange& range : parse_subordinate_ids(text, "judith", 1001)) {
    numbers.push_back(range.first);
  }
  return numbers;
}

using Numbers = std::vector<std::uint32_t>;

TEST(SubordinateIds, AreFoundByNameAndByNumberInTheirOrder) {
  EXPECT_EQ(firsts("holger:1:2\njudith:300000:65536\n1001:100000:65536\n"),
            (Numbers{300000, 100000}));
}

TEST(SubordinateIds, LeavesOutWhatIsNoRange) {
  EXPECT_EQ(
      firsts("judith:1:0\njudith:x:1\njudith:1\njudith:1:2:3\njudith:99999999999:1\n# judith"),
      Numbers{});
  EXPECT_EQ(firsts(""), Numbers{});
}

TEST(SubordinateIds, KnowHowManyThereAre) {
  const auto ranges = parse_subordinate_ids("judith:7:65536", "judith", 1001);
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges.front().count, 65536u);
}

}  // namespace
}  // namespace estiba::fs
