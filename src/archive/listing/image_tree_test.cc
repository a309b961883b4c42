#include "archive/listing/image_tree.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "archive/limits.h"
#include "archive/listing/image_difference.h"
#include "archive/listing/list_layer.h"
#include "archive/testing/raw_tar.h"
#include "base/error.h"
#include "fs/temp.h"

namespace estiba::archive {
namespace {

using testing::directory;
using testing::file;
using testing::hard_link;
using testing::make_tar;
using testing::Member;
using testing::symlink;

UniqueFd list_members(const std::vector<Member>& members, std::uint64_t max_bytes = 1u << 30) {
  StringSource layer(make_tar(members));
  auto listed = fs::TemporaryFile::create(::testing::TempDir(), "listing");
  list_layer(layer, {::testing::TempDir(), max_bytes}, listed.fd());
  return duplicate(listed.fd());
}

ImageTree::Layers list_all(const std::vector<std::vector<Member>>& layers) {
  ImageTree::Layers listed;
  for (const auto& members : layers) {
    listed.push_back(std::make_shared<LayerListing>(list_members(members)));
  }
  return listed;
}

// "name+0" for what layer 0 added, "~" changed, "-" deleted.
std::vector<std::string> shown(const ImageTree& tree, std::string_view path,
                               const DirectoryCursor::Options& options = {}) {
  std::vector<std::string> lines;
  DirectoryCursor cursor(tree, path, options);
  while (const auto item = cursor.next()) {
    const char* change = item->change == FileChange::kAdded     ? "+"
                         : item->change == FileChange::kChanged ? "~"
                                                                : "-";
    lines.push_back(std::string(item->entry.name) + change + std::to_string(item->layer));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ImageTreeTest, TellsWhichLayerAddedChangedAndDeletedAFile) {
  const ImageTree tree(list_all({
      {directory("etc"), file("etc/a"), file("etc/b"), file("etc/c")},
      {directory("etc"), file("etc/b", "other"), file("etc/.wh.c", ""), file("etc/d")},
      {file("etc/c", "again")},
  }));
  EXPECT_EQ(shown(tree, ""), (Lines{"etc+0"}));
  EXPECT_EQ(shown(tree, "etc"), (Lines{"a+0", "b~1", "c+2", "d+1"}));
  EXPECT_EQ(shown(tree, "etc", {.only = 1}), (Lines{"b~1", "c-1", "d+1"}));
  EXPECT_EQ(shown(tree, "etc", {.from = "c"}), (Lines{"c+2", "d+1"}));
  EXPECT_FALSE(tree.find("etc/e"));
}

TEST(ImageTreeTest, LetsWhiteoutsAndOpaqueDirectoriesHideWhatIsBelow) {
  const ImageTree tree(list_all({
      {directory("a"), file("a/x"), directory("b"), file("b/x"), file("b/y/z"), file("c/x")},
      {file(".wh.a", ""), directory("b"), file("b/.wh..wh..opq", ""), file("b/x", "new"),
       file("c", "a file now")},
      {file("a/new")},
  }));
  EXPECT_EQ(shown(tree, ""), (Lines{"a+2", "b~1", "c~1"}));
  EXPECT_EQ(shown(tree, "a"), (Lines{"new+2", "x-1"}));
  EXPECT_EQ(shown(tree, "b"), (Lines{"x~1", "y-1"}));
  EXPECT_EQ(shown(tree, "b/y"), (Lines{"z-1"}));
  EXPECT_EQ(shown(tree, "c"), (Lines{"x-1"}));
  EXPECT_FALSE(tree.find("a/x"));
  EXPECT_FALSE(tree.find("c/x"));
  EXPECT_TRUE(tree.find("a/new"));
}

TEST(ImageTreeTest, AWhiteoutBesideItsDirectoryReplacesIt) {
  for (const bool whiteout_first : {true, false}) {
    std::vector<Member> upper = {file(".wh.d", ""), directory("d"), file("d/new")};
    if (!whiteout_first) upper = {directory("d"), file("d/new"), file(".wh.d", "")};
    const ImageTree tree(list_all({{directory("d"), file("d/old")}, upper}));
    EXPECT_EQ(shown(tree, "d"), (Lines{"new+1", "old-1"}));
  }
}

TEST(ImageTreeTest, FollowsLinksAsTheKernelDoes) {
  const ImageTree tree(list_all({
      {symlink("bin", "usr/bin"), file("usr/bin/tool"), symlink("usr/bin/alias", "/bin/tool"),
       symlink("loop", "loop"), symlink("up", "../../../usr"), hard_link("linked", "usr/bin/tool")},
  }));
  EXPECT_EQ(tree.resolve("bin/tool", true), "usr/bin/tool");
  EXPECT_EQ(tree.resolve("bin/alias", true), "usr/bin/tool");
  EXPECT_EQ(tree.resolve("bin/alias", false), "usr/bin/alias");
  EXPECT_EQ(tree.resolve("loop", true), std::nullopt);
  EXPECT_EQ(tree.resolve("none/tool", true), std::nullopt);
  EXPECT_EQ(tree.resolve("up/bin/tool", true), "usr/bin/tool");
  const auto linked = tree.find("linked");
  ASSERT_TRUE(linked);
  EXPECT_EQ(linked->entry.type, EntryType::kHardLink);
  EXPECT_EQ(tree.content_of(*linked)->size_bytes, 7u);
}

TEST(ImageTreeTest, LaterEntriesReplaceEarlierOnesAndMissingParentsAreImplied) {
  const ImageTree tree(list_all({
      {file("a/b/c", "1"), file("a/b/c", "22"), directory("a", 0700), file("x\ny"),
       file(std::string(250, 'n')), file("\xff\xfe")},
  }));
  EXPECT_EQ(tree.find("a/b/c")->entry.size_bytes, 2u);
  EXPECT_EQ(tree.find("a")->entry.mode, 0700u);
  EXPECT_TRUE(tree.find("a/b")->entry.is_directory());
  EXPECT_EQ(shown(tree, ""), (Lines{"a+0", std::string(250, 'n') + "+0", "x\ny+0", "\xff\xfe+0"}));
}

TEST(ImageTreeTest, ManyEntriesAreSortedOutsideOfMemory) {
  constexpr int kFiles = 160'000;
  std::string tar;
  {
    StringSink sink(512u << 20);
    TarWriter writer(sink);
    StringSource nothing("");
    for (int i = 0; i < kFiles; ++i) {
      TarEntry entry;
      entry.path = std::string(95, 'p') + "/" + std::to_string((i * 7919) % kFiles);
      writer.add(entry, &nothing);
    }
    writer.finish();
    tar = std::move(sink.text());
  }
  StringSource layer(std::move(tar));
  auto listed = fs::TemporaryFile::create(::testing::TempDir(), "listing");
  list_layer(layer, {::testing::TempDir(), 1u << 30}, listed.fd());
  const auto listing = std::make_shared<LayerListing>(duplicate(listed.fd()));
  EXPECT_EQ(listing->entry_count(), kFiles + 1u);
  EXPECT_TRUE(listing->find(std::string(95, 'p') + "/159999"));
  std::size_t seen = 0;
  std::string last;
  const ImageTree tree(ImageTree::Layers{listing});
  DirectoryCursor cursor(tree, std::string(95, 'p'));
  while (const auto item = cursor.next()) {
    EXPECT_LT(last, item->entry.name);
    last = item->entry.name;
    ++seen;
  }
  EXPECT_EQ(seen, static_cast<std::size_t>(kFiles));
}

TEST(ImageTreeTest, WhatIsBeyondTheLimitIsNotListedAndSaid) {
  const LayerListing cut(list_members(
      {file("a", std::string(1000, 'x')), file("big", std::string(100'000, 'x')), file("z")},
      8192));
  EXPECT_TRUE(cut.truncated());
  EXPECT_TRUE(cut.find("a"));
  EXPECT_TRUE(cut.find("big"));
  EXPECT_FALSE(cut.find("z"));
  EXPECT_FALSE(LayerListing(list_members({file("a")})).truncated());
}

TEST(ImageTreeTest, ADamagedListingIsNoListing) {
  const UniqueFd fd = list_members({file("a"), file("b")});
  for (const off_t at : {0, 40, 100, 200, 260}) {
    char byte = 0;
    ASSERT_EQ(::pread(fd.get(), &byte, 1, at), 1);
    const char other = static_cast<char>(byte ^ 1);
    ASSERT_EQ(::pwrite(fd.get(), &other, 1, at), 1);
    EXPECT_THROW(LayerListing{fd}, Error) << at;
    ASSERT_EQ(::pwrite(fd.get(), &byte, 1, at), 1);
  }
  ASSERT_EQ(::ftruncate(fd.get(), 120), 0);
  EXPECT_THROW(LayerListing{fd}, Error);
  ASSERT_EQ(::ftruncate(fd.get(), 0), 0);
  EXPECT_THROW(LayerListing{fd}, Error);
}

Lines differences(const ImageTree& from, const ImageTree& to) {
  Lines lines;
  const auto bytes = [](const std::optional<std::uint64_t>& size) {
    return size ? std::to_string(*size) : "-";
  };
  compare_files(from, to, [&](const FileDifference& one) {
    lines.push_back(std::string(difference_name(one.change)) + " " + one.path + " " +
                    bytes(one.from_bytes) + " " + bytes(one.to_bytes));
    return true;
  });
  return lines;
}

TEST(ImageDifferenceTest, TellsFilesAddedChangedAndRemovedWithTheirSizes) {
  Member stamped = file("same");
  stamped.entry.mtime = from_unix_seconds(1000);
  const auto base = list_all({{directory("d"), file("d/x"), file("d/e/y"), file("same")}});
  auto from = base;
  auto to = base;
  from.push_back(list_all({{file("only", "12"), symlink("link", "a")}})[0]);
  to.push_back(list_all({{file("new", "123"), symlink("link", "b"), stamped, file("d/x", "other!"),
                          file("d/.wh.e", "")}})[0]);
  EXPECT_EQ(differences(ImageTree(from), ImageTree(to)),
            (Lines{"removed d/e/ 0 -", "removed d/e/y 7 -", "changed d/x 7 6", "changed link 0 0",
                   "added new - 3", "removed only 2 -"}));
  EXPECT_EQ(differences(ImageTree(from), ImageTree(from)), Lines{});
}

TEST(ImageDifferenceTest, WhatAnOpaqueDirectoryHidesIsRemoved) {
  const auto base = list_all({{directory("d"), file("d/x"), directory("keep"), file("keep/y")}});
  auto to = base;
  to.push_back(list_all({{file("d/.wh..wh..opq", "")}})[0]);
  EXPECT_EQ(differences(ImageTree(base), ImageTree(to)), (Lines{"removed d/x 7 -"}));
}

TEST(ImageDifferenceTest, ComparesPackagesByTheDatabasesThatAreInEffect) {
  const auto status = [](const std::string& version) {
    return file("var/lib/dpkg/status",
                "Package: libc6\nStatus: install ok installed\nVersion: " + version +
                    "\nDescription: c\n Version: no\n\nPackage: gone\n"
                    "Status: deinstall ok config-files\nVersion: 1\n");
  };
  const auto from = list_all({{status("2.36-1")}});
  const auto to = list_all(
      {{status("2.36-1")}, {status("2.37"), file("lib/apk/db/installed", "P:musl\nV:1.2\n\n")}});
  const auto found = compare_packages(ImageTree(from), ImageTree(to));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name + found[0].from + ">" + found[0].to, "libc62.36-1>2.37");
  EXPECT_EQ(found[0].change, Difference::kChanged);
  EXPECT_EQ(found[1].name + found[1].from + ">" + found[1].to, "musl>1.2");
  EXPECT_EQ(package_kind_name(found[1].kind), "apk");
}

}  // namespace
}  // namespace estiba::archive
