// What is written is read back the same, by us and by others, and is the same every time.
#include "archive/tar_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "archive/testing/programs.h"
#include "archive/testing/raw_tar.h"
#include "archive/testing/tree_listing.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::archive {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;
using namespace testing;  // NOLINT: archive's own helpers

Timestamp seconds(std::int64_t count) {
  return from_unix_seconds(count);
}

std::vector<Member> one_of_everything() {
  const std::string deep = std::string(100, 'd') + "/" + std::string(50, 'e');
  std::vector<Member> members = {
      directory("dir"),
      file("dir/file", "hello"),
      file("dir/empty", ""),
      file("dir/big", std::string(600'000, 'b')),
      hard_link("dir/linked", "dir/file"),
      symlink("dir/symlink", "../some target"),
      directory(deep, 01777),
      file(deep + "/short", "fits prefix and name"),
      file(deep + "/" + std::string(120, 'f'), "fits neither"),
      file(std::string(200, 'n'), "no slash to split at"),
      file("\xc3\xbcmlaut", "not ASCII"),
      symlink("long-link", std::string(300, 't')),
      hard_link("long-hard-link", deep + "/" + std::string(120, 'f')),
      {.entry = {.path = "fifo", .type = EntryType::kFifo, .mode = 0600}},
      {.entry = {.path = "tty",
                 .type = EntryType::kCharDevice,
                 .mode = 0620,
                 .device_major = 4,
                 .device_minor = 1000000}},
      {.entry = {.path = "disk", .type = EntryType::kBlockDevice, .mode = 0660, .device_major = 8}},
  };
  Member rich = file("rich", "x");
  rich.entry.mode = 06755;
  rich.entry.uid = 4'000'000'000;
  rich.entry.gid = 2'097'152;
  rich.entry.xattrs = {{"user.a", std::string("\0=\n", 3)}, {"user.b", ""}};
  members.push_back(rich);
  for (Member& member : members) member.entry.mtime = seconds(1'600'000'000);
  members[0].entry.mtime = seconds(-1);
  members[1].entry.mtime = seconds(0);
  members[2].entry.mtime = seconds(8'589'934'592);  // needs twelve octal digits
  return members;
}

TEST(TarWriter, WritesWhatIsReadBack) {
  const auto members = one_of_everything();
  const std::string tar = make_tar(members);
  EXPECT_EQ(tar.size() % 512, 0u);
  const auto read = read_tar(tar);
  ASSERT_EQ(read.size(), members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const TarEntry& a = members[i].entry;
    const TarEntry& b = read[i].entry;
    EXPECT_EQ(a.path, b.path);
    EXPECT_EQ(a.type, b.type) << a.path;
    EXPECT_EQ(a.mode, b.mode) << a.path;
    EXPECT_EQ(a.uid, b.uid) << a.path;
    EXPECT_EQ(a.gid, b.gid) << a.path;
    EXPECT_EQ(a.mtime, b.mtime) << a.path;
    EXPECT_EQ(a.link_target, b.link_target) << a.path;
    EXPECT_EQ(a.device_major, b.device_major) << a.path;
    EXPECT_EQ(a.device_minor, b.device_minor) << a.path;
    EXPECT_EQ(a.xattrs, b.xattrs) << a.path;
    EXPECT_EQ(members[i].content, read[i].content) << a.path;
  }
  EXPECT_EQ(make_tar(members), tar);
}

TEST(TarWriter, LeavesOutWhatDiffersBetweenMachines) {
  Member plain = file("f");
  plain.entry.mtime = seconds(5);
  Member rich = plain;
  rich.entry.mtime += std::chrono::nanoseconds(999'999'999);
  rich.entry.user_name = "somebody";
  rich.entry.group_name = "some group";
  EXPECT_EQ(make_tar({plain}), make_tar({rich}));
}

TEST(TarWriter, NeedsNoExtensionsForOrdinaryFiles) {
  EXPECT_EQ(make_tar({directory("a"), file(std::string(90, 'p') + "/" + std::string(99, 'n'), "x"),
                      symlink("l", "t")})
                .size(),
            512u * (1 + 2 + 1 + 2));
}

TEST(TarWriter, IsReadByOtherPrograms) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("a.tar"), make_tar(one_of_everything()));
  for (const char* program : {"tar --xattrs", "bsdtar --xattrs"}) {
    run_script(std::string("rm -rf out; mkdir out; ") + program + " -xpf a.tar -C out",
               scratch.path());
    const auto listing = list_tree(scratch.file("out"));
    EXPECT_NE(listing.at("rich").find("mode=106755 owner=4000000000:2097152"), std::string::npos)
        << listing.at("rich");
    EXPECT_NE(listing.at("rich").find("user.a"), std::string::npos) << program;
    EXPECT_NE(listing.at("dir/linked").find("same-as=dir/file"), std::string::npos) << program;
    EXPECT_NE(listing.at("dir/empty").find("mtime=8589934592."), std::string::npos) << program;
    EXPECT_EQ(read_file(scratch.file("out/\xc3\xbcmlaut")), "not ASCII");
    EXPECT_EQ(listing.size(), one_of_everything().size() + 2) << "with root and one parent";
  }
}

TEST(TarWriter, KeepsHoles) {
  const TestDirectory scratch;
  const std::string start(5000, 'a');
  const std::string end = "the end";
  Member sparse = {
      .entry = {.path = "some/holes",
                .size_bytes = 50'000'000,
                .extents = {{.offset_bytes = 0, .length_bytes = start.size()},
                            {.offset_bytes = 40'000'001, .length_bytes = end.size()}}}};
  std::string content(sparse.entry.size_bytes, '\0');
  content.replace(0, start.size(), start).replace(40'000'001, end.size(), end);
  sparse.content = content;
  Member hole = {.entry = {.path = "hole",
                           .size_bytes = 1000,
                           .extents = {{.offset_bytes = 1000, .length_bytes = 0}}},
                 .content = std::string(1000, '\0')};
  const std::string tar = make_tar({sparse, hole, file("after", "x")});
  EXPECT_LT(tar.size(), 20'000u);
  const auto read = read_tar(tar);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].entry.path, "some/holes");
  const std::vector<Extent> in_blocks = {{.offset_bytes = 0, .length_bytes = 5120},
                                         {.offset_bytes = 40'000'001, .length_bytes = end.size()}};
  EXPECT_EQ(read[0].entry.extents, in_blocks);
  EXPECT_EQ(read[0].content, content);
  EXPECT_EQ(read[1].content, hole.content);
  EXPECT_EQ(read[2].content, "x");

  write_file_atomically(scratch.file("a.tar"), tar);
  for (const char* program : {"tar", "bsdtar"}) {
    run_script(std::string("rm -rf some hole after; ") + program + " -xf a.tar", scratch.path());
    EXPECT_EQ(read_file(scratch.file("some/holes")), content) << program;
    EXPECT_EQ(read_file(scratch.file("hole")), hole.content) << program;
  }
}

TEST(TarWriter, TellsWhereDataWillLie) {
  StringSink sink(1u << 20);
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  TarWriter writer(sink, {.on_entry = [&](const TarEntry& entry, std::uint64_t offset) {
                     seen.emplace_back(entry.path, offset);
                   }});
  for (const char* path : {"a", "\xc3\xa4", "c"}) {
    StringSource body(std::string("content of ") + path);
    writer.add({.path = path, .size_bytes = 11 + std::string_view(path).size()}, &body);
  }
  writer.finish();
  EXPECT_EQ(writer.size_bytes(), sink.text().size());
  ASSERT_EQ(seen.size(), 3u);
  for (const auto& [path, offset] : seen) {
    EXPECT_TRUE(std::string_view(sink.text()).substr(offset).starts_with("content of " + path));
  }
}

TEST(TarWriter, NoticesFilesThatShrink) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("f"), "short");
  const UniqueFd fd = open_file(scratch.file("f"), O_RDONLY);
  StringSink sink(1u << 20);
  TarWriter writer(sink);
  EXPECT_EQ(error_code_of([&] { writer.add_file({.path = "f", .size_bytes = 100}, fd.get()); }),
            ErrorCode::kConflict);
}

TEST(TarWriter, RefusesAttributesThatTarCannotName) {
  Member member = file("f");
  member.entry.xattrs = {{"user.a=b", "c"}};
  EXPECT_EQ(error_code_of([&] { make_tar({member}); }), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace estiba::archive
