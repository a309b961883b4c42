#include "archive/whiteout.h"

#include <gtest/gtest.h>

#include "base/testing/expect_error.h"

namespace estiba::archive {
namespace {

using estiba::testing::error_code_of;

TEST(Whiteout, IsToldByTheName) {
  struct Case {
    const char* path;
    WhiteoutKind kind;
    const char* about;
  };
  const Case cases[] = {
      {"a/b", WhiteoutKind::kOrdinary, "a/b"},
      {"", WhiteoutKind::kOrdinary, ""},
      {".wh.b", WhiteoutKind::kRemoves, "b"},
      {"a/.wh.b", WhiteoutKind::kRemoves, "a/b"},
      {"a/.wh...b", WhiteoutKind::kRemoves, "a/..b"},
      {"a/b.wh.c", WhiteoutKind::kOrdinary, "a/b.wh.c"},
      {".wh.a/b", WhiteoutKind::kOrdinary, ".wh.a/b"},
      {".wh..wh..opq", WhiteoutKind::kOpaque, ""},
      {"a/b/.wh..wh..opq", WhiteoutKind::kOpaque, "a/b"},
      {".wh..wh.plnk", WhiteoutKind::kMetadata, ""},
      {"a/.wh..wh.aufs", WhiteoutKind::kMetadata, ""},
      {".wh..wh.plnk/12.34", WhiteoutKind::kMetadata, ""},
      {".wh..wh.orph/.wh..wh..opq", WhiteoutKind::kMetadata, ""},
  };
  for (const Case& expected : cases) {
    const Whiteout whiteout = classify_whiteout(expected.path);
    EXPECT_EQ(whiteout.kind, expected.kind) << expected.path;
    EXPECT_EQ(whiteout.path, expected.about) << expected.path;
  }
}

TEST(Whiteout, OfNothingIsRefused) {
  for (const char* path : {".wh.", "a/.wh.", ".wh..", "a/.wh..."}) {
    EXPECT_EQ(error_code_of([&] { static_cast<void>(classify_whiteout(path)); }),
              ErrorCode::kInvalidArgument)
        << path;
  }
}

TEST(Whiteout, HasTheNamesOfTheSpecification) {
  EXPECT_EQ(whiteout_path("b"), ".wh.b");
  EXPECT_EQ(whiteout_path("a/b"), "a/.wh.b");
  EXPECT_EQ(opaque_path(""), ".wh..wh..opq");
  EXPECT_EQ(opaque_path("a"), "a/.wh..wh..opq");
}

TEST(LayerXattr, BelongsToTheImageNotToTheHost) {
  for (const char* kept : {"user.a", "security.capability", "system.posix_acl_access"}) {
    EXPECT_TRUE(is_layer_xattr(kept)) << kept;
  }
  for (const char* dropped : {"security.selinux", "trusted.overlay.opaque", "trusted.a",
                              "user.overlay.redirect", "user.a=b", "system.nfs4_acl"}) {
    EXPECT_FALSE(is_layer_xattr(dropped)) << dropped;
  }
}

}  // namespace
}  // namespace estiba::archive
