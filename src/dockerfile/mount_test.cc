#include "dockerfile/mount.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/csv.h"

namespace estiba::dockerfile {
namespace {

Mount read(std::string_view text) {
  return parse_mount(text, [](std::string_view value) { return std::string(value); });
}

TEST(Mount, IsReadFromItsFields) {
  const Mount cache = read(
      "type=cache,target=/c,id=x,sharing=locked,from=base,source=/s,mode=0755,"
      "uid=1,gid=2");
  EXPECT_EQ(cache.type, MountType::kCache);
  EXPECT_EQ(cache.target, "/c");
  EXPECT_EQ(cache.id, "x");
  EXPECT_EQ(cache.sharing, MountSharing::kLocked);
  EXPECT_EQ(cache.from, "base");
  EXPECT_EQ(cache.source, "/s");
  EXPECT_EQ(cache.mode, 0755U);
  EXPECT_EQ(cache.user_id, 1U);
  EXPECT_EQ(cache.group_id, 2U);
  EXPECT_FALSE(cache.read_only);

  const Mount secret = read("type=secret,id=k,env=KEY,required");
  EXPECT_EQ(secret.environment, "KEY");
  EXPECT_TRUE(secret.required);
  EXPECT_EQ(read("type=tmpfs,dst=/t,size=2m").size_limit_bytes, 2U << 20);
  EXPECT_EQ(read("Type=SSH,Required=false").type, MountType::kSsh);
  EXPECT_EQ(read("\"target=/a,b\",src=/x").target, "/a,b");
}

TEST(Mount, IsWritableWhereThatMakesSense) {
  EXPECT_TRUE(read("target=/x").read_only);
  EXPECT_FALSE(read("target=/x,rw").read_only);
  EXPECT_FALSE(read("target=/x,ro=false").read_only);
  EXPECT_TRUE(read("target=/x,readwrite=0").read_only);
  EXPECT_TRUE(read("type=cache,target=/x,readonly").read_only);
  EXPECT_FALSE(read("type=tmpfs,target=/x").read_only);
}

TEST(Mount, RefusesWhatItsTypeHasNoUseFor) {
  for (const std::string_view text :
       {"type=volume", "typ=bind", "target", "type=bind,size=1", "type=bind,required",
        "type=bind,mode=0755", "type=tmpfs,uid=1", "type=bind,sharing=shared",
        "type=cache,sharing=mine", "type=secret", "type=secret,id=a,source=b",
        "type=secret,id=a,from=b", "type=cache,mode=9", "type=cache,uid=-1", "type=cache,gid=x",
        "target=/x,ro=maybe", "type=tmpfs,size=big", ""}) {
    EXPECT_THROW((void)read(text), Error) << text;
  }
}

TEST(Mount, SuggestsWhatWasMeant) {
  try {
    (void)read("type=bind,targett=/x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "did you mean target?");
    EXPECT_STREQ(error.what(),
                 "while reading --mount=type=bind,targett=/x: unexpected key \"targett\"");
  }
}

TEST(Mount, TellsItsStageBeforeVariablesAreKnown) {
  const Mount mount = outline_mount("type=$T,from=base,target=${X}");
  EXPECT_EQ(mount.from, "base");
  EXPECT_EQ(mount.text, "type=$T,from=base,target=${X}");
  EXPECT_THROW((void)outline_mount("from=$X"), Error);
}

TEST(Device, HasANameAndMayBeRequired) {
  EXPECT_EQ(parse_device("vendor.com/gpu=all"), (Device{"vendor.com/gpu=all", false}));
  EXPECT_EQ(parse_device("name=vendor.com/gpu=all,required=true"),
            (Device{"vendor.com/gpu=all", true}));
  EXPECT_THROW((void)parse_device("a,b"), Error);
}

TEST(SplitCsv, KnowsQuotedFields) {
  using Fields = std::vector<std::string>;
  EXPECT_EQ(split_csv("a,b"), (Fields{"a", "b"}));
  EXPECT_EQ(split_csv(""), (Fields{""}));
  EXPECT_EQ(split_csv("a,"), (Fields{"a", ""}));
  EXPECT_EQ(split_csv("\"a,\"\"b\",c"), (Fields{"a,\"b", "c"}));
  for (const std::string_view text : {"\"a", "\"a\"b", "a\"b"}) {
    EXPECT_THROW((void)split_csv(text), Error) << text;
  }
}

}  // namespace
}  // namespace estiba::dockerfile
