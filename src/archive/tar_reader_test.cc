// Archives of other programs in all their dialects, and archives that nobody should write.
#include "archive/tar_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <random>

#include "archive/file_source.h"
#include "archive/limits.h"
#include "archive/pax.h"
#include "archive/tar_header.h"
#include "archive/testing/programs.h"
#include "archive/testing/raw_tar.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::archive {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;
using namespace testing;  // NOLINT: archive's own helpers

std::vector<Member> read_file_tar(const std::string& path) {
  FdSource source(open_file(path, O_RDONLY), path);
  return read_tar(source);
}

const Member& find(const std::vector<Member>& members, const std::string& path) {
  for (const Member& member : members) {
    if (member.entry.path == path) return member;
  }
  ADD_FAILURE() << "no member " << path;
  return members.at(0);
}

// A tree with one of everything, and a name of every length that some dialect minds.
void make_tree(const std::string& folder) {
  run_script(R"(
    mkdir -p tree/directory
    cd tree
    printf hello > file; touch -d '2020-03-04 05:06:07Z' file
    ln file second-name; ln -s some/target link; : > empty
    mkfifo fifo; mknod device c 10 229; chown 1234:5678 file; chmod 4751 file
    head -c 100000 /dev/urandom > big)",
             folder);
}
void add_long_names(const std::string& folder) {
  run_script(R"(
    cd tree
    deep=$(printf 'd%.0s' {1..60})/$(printf 'e%.0s' {1..60})
    mkdir -p $deep; echo long > $deep/$(printf 'f%.0s' {1..90})
    ln -s $(printf 't%.0s' {1..150}) long-link
    printf umlaut > $'\303\274')",
             folder);
}

struct Dialect {
  const char* name;
  const char* command;  // from "tree" to "out.tar"
  bool long_names;
};

void PrintTo(const Dialect& dialect, std::ostream* out) {
  *out << dialect.name;
}

constexpr const char* kPython = R"(python3 -c '
import tarfile, os
os.chdir("tree")
t = tarfile.open("../out.tar", "w", format=tarfile.%s)
t.add(".")
t.close()')";

class TarDialect : public ::testing::TestWithParam<Dialect> {};

TEST_P(TarDialect, IsRead) {
  const TestDirectory scratch;
  make_tree(scratch.path());
  if (GetParam().long_names) add_long_names(scratch.path());
  std::string command = GetParam().command;
  if (command.starts_with("python:")) {
    command = std::string(kPython).replace(std::string(kPython).find("%s"), 2, command.substr(7));
  }
  run_script(command, scratch.path());
  const auto members = read_file_tar(scratch.file("out.tar"));

  const Member& file = find(members, "file");
  // Which of two names of a file comes first is the program's choice.
  const bool file_is_link = file.entry.type == EntryType::kHardLink;
  const Member& content = file_is_link ? find(members, "second-name") : file;
  const Member& link = file_is_link ? file : find(members, "second-name");
  EXPECT_EQ(content.content, "hello");
  EXPECT_EQ(content.entry.mode, 04751u);
  EXPECT_EQ(content.entry.uid, 1234u);
  EXPECT_EQ(content.entry.gid, 5678u);
  EXPECT_EQ(format_rfc3339(content.entry.mtime), "2020-03-04T05:06:07Z");
  EXPECT_EQ(link.entry.type, EntryType::kHardLink);
  EXPECT_EQ(link.entry.link_target, content.entry.path);
  EXPECT_EQ(find(members, "link").entry.link_target, "some/target");
  EXPECT_EQ(find(members, "directory").entry.type, EntryType::kDirectory);
  EXPECT_EQ(find(members, "empty").content, "");
  EXPECT_EQ(find(members, "big").content, read_file(scratch.file("tree/big")));
  if (std::string_view(GetParam().name) != "v7") {
    EXPECT_EQ(find(members, "fifo").entry.type, EntryType::kFifo);
    const TarEntry& device = find(members, "device").entry;
    EXPECT_EQ(device.type, EntryType::kCharDevice);
    EXPECT_EQ(device.device_major, 10u);
    EXPECT_EQ(device.device_minor, 229u);
  }
  if (!GetParam().long_names) return;
  const std::string deep = std::string(60, 'd') + "/" + std::string(60, 'e') + "/";
  EXPECT_EQ(find(members, deep + std::string(90, 'f')).content, "long\n");
  EXPECT_EQ(find(members, "\xc3\xbc").content, "umlaut");
  if (std::string_view(GetParam().name) != "ustar") {
    EXPECT_EQ(find(members, "long-link").entry.link_target, std::string(150, 't'));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Programs, TarDialect,
    ::testing::Values(
        Dialect{"v7", "tar --format=v7 --exclude=fifo --exclude=device -C tree -cf out.tar .",
                false},
        Dialect{"oldgnu", "tar --format=oldgnu -C tree -cf out.tar .", true},
        Dialect{"gnu", "tar --format=gnu -C tree -cf out.tar .", true},
        Dialect{"ustar", "tar --format=ustar --exclude=long-link -C tree -cf out.tar .", true},
        Dialect{"posix", "tar --format=posix -C tree -cf out.tar .", true},
        Dialect{"posix with absolute names",
                "tar --format=posix -P --transform='s,^\\.,/,' -C tree -cf out.tar .", true},
        Dialect{"bsdtar pax", "bsdtar --format=pax -C tree -cf out.tar .", true},
        Dialect{"bsdtar gnutar", "bsdtar --format=gnutar -C tree -cf out.tar .", true},
        Dialect{"busybox", "busybox tar -C tree -cf out.tar .", true},
        Dialect{"python ustar", "python:USTAR_FORMAT", false},
        Dialect{"python gnu", "python:GNU_FORMAT", true},
        Dialect{"python pax", "python:PAX_FORMAT", true}));

class SparseDialect : public ::testing::TestWithParam<const char*> {};

TEST_P(SparseDialect, HasItsHolesAsZeros) {
  const TestDirectory scratch;
  run_script(
      "truncate -s 3M holes; for i in $(seq 0 40); do printf data$i | "
      "dd of=holes bs=1 seek=$((i * 73728)) conv=notrunc status=none; done; "
      "truncate -s 1M nothing; printf x > dense",
      scratch.path());
  run_script(std::string(GetParam()) + " -S -cf out.tar holes nothing dense", scratch.path());
  const auto members = read_file_tar(scratch.file("out.tar"));
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].content, read_file(scratch.file("holes")));
  EXPECT_EQ(members[1].content, std::string(1 << 20, '\0'));
  EXPECT_EQ(members[2].content, "x");
  EXPECT_EQ(members[0].entry.extents.size(), 41u);
  ASSERT_EQ(members[1].entry.extents.size(), 1u);
  EXPECT_EQ(members[1].entry.extents[0].length_bytes, 0u);
  EXPECT_TRUE(members[2].entry.extents.empty());

  // What lies at data_offset() are the extents one after the other.
  const UniqueFd tar = open_file(scratch.file("out.tar"), O_RDONLY);
  FileSource source(tar.get(), 0, file_size(tar.get(), "tar"), "tar");
  TarReader reader(source);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.data_offset() % 512, 0u);
  std::string stored(5, '\0');
  ASSERT_EQ(read_at(tar.get(), {reinterpret_cast<std::byte*>(stored.data()), stored.size()},
                    reader.data_offset(), "tar"),
            5u);
  EXPECT_EQ(stored, "data0");
}

INSTANTIATE_TEST_SUITE_P(Formats, SparseDialect,
                         ::testing::Values("tar --format=gnu", "tar --format=oldgnu",
                                           "tar --format=posix --sparse-version=0.0",
                                           "tar --format=posix --sparse-version=0.1",
                                           "tar --format=posix --sparse-version=1.0"));

TEST(TarReader, ReadsExtendedAttributes) {
  const TestDirectory scratch;
  run_script(
      "echo a > f; setfattr -n user.text -v value f; setfattr -n user.bytes -v 0x000a3d00ff f; "
      "setcap cap_net_raw+ep f; tar --xattrs --xattrs-include='*' -cf gnu.tar f; "
      "bsdtar --xattrs --format=pax -cf bsd.tar f",
      scratch.path());
  for (const char* name : {"gnu.tar", "bsd.tar"}) {
    const auto members = read_file_tar(scratch.file(name));
    ASSERT_EQ(members.size(), 1u) << name;
    const auto& xattrs = members[0].entry.xattrs;
    EXPECT_EQ(xattrs.at("user.text"), "value") << name;
    EXPECT_EQ(xattrs.at("user.bytes"), std::string("\0\n=\0\xff", 5)) << name;
    EXPECT_EQ(xattrs.at("security.capability").size(), 20u) << name;
  }
}

TEST(TarReader, ReadsNumbersThatOctalCannotHold) {
  const TestDirectory scratch;
  // python writes base 256 in GNU's format, records in PAX.
  for (const char* format : {"GNU_FORMAT", "PAX_FORMAT"}) {
    run_script(std::string("python3 -c '") + R"(
import tarfile
t = tarfile.open("out.tar", "w", format=tarfile.)" +
                   format + R"()
i = tarfile.TarInfo("owner"); i.uid = 4000000000; i.gid = 3000000; i.mtime = -5; t.addfile(i)
i = tarfile.TarInfo("late"); i.mtime = 100000000000; t.addfile(i)
t.close()')",
               scratch.path());
    const auto members = read_file_tar(scratch.file("out.tar"));
    ASSERT_EQ(members.size(), 2u);
    EXPECT_EQ(members[0].entry.uid, 4000000000u);
    EXPECT_EQ(members[0].entry.gid, 3000000u);
    EXPECT_EQ(unix_seconds(members[0].entry.mtime), -5);
    EXPECT_EQ(members[1].entry.mtime, Timestamp::max());
  }
}

TEST(TarReader, ReadsFractionsOfSeconds) {
  const TestDirectory scratch;
  run_script("touch -d '2001-02-03 04:05:06.789012345Z' f; tar --format=posix -cf out.tar f",
             scratch.path());
  EXPECT_EQ(format_rfc3339(read_file_tar(scratch.file("out.tar"))[0].entry.mtime),
            "2001-02-03T04:05:06.789012345Z");
}

TEST(TarReader, AppliesGlobalHeadersUntilTheyAreOverruled) {
  const TestDirectory scratch;
  run_script(R"(python3 -c '
import tarfile
t = tarfile.open("out.tar", "w", format=tarfile.PAX_FORMAT, pax_headers={"uid": "77", "mtime": "5"})
t.addfile(tarfile.TarInfo("a"))
i = tarfile.TarInfo("b"); i.pax_headers = {"uid": "78"}; t.addfile(i)
t.close()')",
             scratch.path());
  const auto members = read_file_tar(scratch.file("out.tar"));
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].entry.uid, 77u);
  EXPECT_EQ(members[1].entry.uid, 78u);
  EXPECT_EQ(unix_seconds(members[1].entry.mtime), 5);
}

// A header as `make_tar` writes it, with some bytes changed and the checksum mended.
std::string patched(std::string tar, TarField field, std::string_view bytes) {
  tar.replace(field.offset, bytes.size(), bytes);
  TarBlock block;
  std::copy_n(as_bytes(tar).begin(), block.size(), block.begin());
  const std::string checksum = fmt::format("{:06o}", block_checksum(block)) + '\0' + ' ';
  return tar.replace(tar_fields::kChecksum.offset, 8, checksum);
}

TEST(TarReader, TakesDirectoriesOfOldArchives) {
  const std::string tar = patched(make_tar({file("old", "")}), tar_fields::kName, "old/");
  EXPECT_EQ(read_tar(tar)[0].entry.type, EntryType::kDirectory);
}

TEST(TarReader, TakesContiguousFiles) {
  const auto members = read_tar(patched(make_tar({file("f", "x")}), tar_fields::kType, "7"));
  EXPECT_EQ(members[0].content, "x");
}

TEST(TarReader, IgnoresSizesOfWhatHasNoContent) {
  const std::string tar =
      patched(make_tar({directory("d"), file("f", "x")}), tar_fields::kSize, "00000001000");
  const auto members = read_tar(tar);
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].entry.size_bytes, 0u);
  EXPECT_EQ(members[1].content, "x");
}

// Go's writer before 1.8 put the prefix where GNU's magic promises times.
TEST(TarReader, FindsThePrefixThatOldGoMisplaced) {
  std::string tar = patched(make_tar({file("name", "x")}), tar_fields::kMagic, kGnuMagic);
  tar = patched(tar, tar_fields::kPrefix, "some/long/prefix");
  EXPECT_EQ(read_tar(tar)[0].entry.path, "some/long/prefix/name");
}

TEST(TarReader, EndsWhereGoEnds) {
  const std::string tar = make_tar({file("f", "x")});
  const std::string without_end = tar.substr(0, 1024);
  EXPECT_EQ(read_tar(without_end).size(), 1u);
  EXPECT_EQ(read_tar(without_end + std::string(512, '\0')).size(), 1u);
  EXPECT_EQ(read_tar(tar + "rubbish").size(), 1u);
  EXPECT_EQ(read_tar(tar.substr(0, 512 + 1)).size(), 1u) << "the padding is missing";
  EXPECT_EQ(read_tar("").size(), 0u);
  EXPECT_EQ(read_tar(std::string(1024, '\0')).size(), 0u);
}

TEST(TarReader, RefusesWhatIsDamagedOrCutShort) {
  const std::string tar = make_tar({file("f", "content"), file("g", std::string(2000, 'x'))});
  struct Case {
    const char* what;
    std::string bytes;
    ErrorCode code;
  };
  std::string damaged = tar;
  damaged[1024 + 3] ^= 1;
  const Case cases[] = {
      {"no tar", "hello, this is no tar archive" + std::string(1000, 'x'),
       ErrorCode::kInvalidArgument},
      {"half a header", tar.substr(0, 300), ErrorCode::kDataLoss},
      {"half a file", tar.substr(0, 1536 + 700), ErrorCode::kDataLoss},
      {"damaged second header", damaged, ErrorCode::kDataLoss},
      {"a lone block of zeros", std::string(512, '\0') + tar, ErrorCode::kDataLoss},
      {"letters for a size", patched(tar, tar_fields::kSize, "0000000x007"),
       ErrorCode::kInvalidArgument},
      {"negative size", patched(tar, tar_fields::kSize, std::string(12, '\xff')),
       ErrorCode::kInvalidArgument},
      {"immense size",
       patched(tar, tar_fields::kSize,
               std::string("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12)),
       ErrorCode::kDataLoss},
      {"size beyond 64 bits", patched(tar, tar_fields::kSize, std::string("\x80\1", 2)),
       ErrorCode::kInvalidArgument},
      {"unknown type", patched(tar, tar_fields::kType, "Q"), ErrorCode::kUnsupported},
      {"path that climbs out", make_tar({file("../f")}), ErrorCode::kInvalidArgument},
      {"link target that climbs out", make_tar({hard_link("f", "../../etc/passwd")}),
       ErrorCode::kInvalidArgument},
      {"symlink to nothing", make_tar({symlink("l", "")}), ErrorCode::kInvalidArgument},
      {"symlink beyond PATH_MAX", make_tar({symlink("l", std::string(4096, 'x'))}),
       ErrorCode::kInvalidArgument},
      {"extended header without entry",
       patched(make_tar({file("f", "9 path=a\n")}), tar_fields::kType, "x"), ErrorCode::kDataLoss},
      {"malformed extended header",
       patched(make_tar({file("f", "rubbish"), file("g")}), tar_fields::kType, "x"),
       ErrorCode::kInvalidArgument},
      {"immense extended header",
       patched(make_tar({file("f", std::string(2u << 20, 'x')), file("g")}), tar_fields::kType,
               "x"),
       ErrorCode::kInvalidArgument},
      {"name with NUL",
       patched(make_tar({file("f", std::string("11 path=a\0b\n", 12)), file("g")}),
               tar_fields::kType, "x"),
       ErrorCode::kInvalidArgument},
  };
  for (const Case& hostile : cases) {
    EXPECT_EQ(error_code_of([&] { read_tar(hostile.bytes); }), hostile.code) << hostile.what;
  }
}

TEST(TarReader, BoundsHeadersInARow) {
  const std::string extended =
      patched(make_tar({file("f", "9 path=a\n")}), tar_fields::kType, "x").substr(0, 1024);
  std::string tar;
  for (int i = 0; i < kMaxHeadersInARow; ++i) tar += extended;
  EXPECT_EQ(error_code_of([&] { read_tar(tar + make_tar({file("f")})); }),
            ErrorCode::kInvalidArgument);
}

TEST(TarReader, NamesTheEntryThatIsWrong) {
  const std::string tar = make_tar({file("some/name", std::string(5000, 'x'))}).substr(0, 2000);
  try {
    read_tar(tar);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("some/name"), std::string::npos) << error.what();
  }
}

TEST(TarReader, RefusesMapsOfHolesThatContradictThemselves) {
  const auto sparse = [](const std::string& records) {
    std::string text;
    for (const auto& line : {records, std::string("GNU.sparse.size=5000")}) {
      text += format_pax_record(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
    }
    std::string header = patched(make_tar({file("x", text)}), tar_fields::kType, "x");
    header.resize(1024);
    return header + make_tar({file("f", std::string(100, 'x'))});
  };
  EXPECT_EQ(read_tar(sparse("GNU.sparse.map=0,50,4000,50"))[0].content.size(), 5000u);
  for (const char* map :
       {"0,50,40,10", "0,5001", "5001,0", "0,101", "0", "a,b", "0,18446744073709551615",
        "18446744073709551615,1", "0,-1", "4000,50,0,50"}) {
    EXPECT_EQ(error_code_of([&] { read_tar(sparse(std::string("GNU.sparse.map=") + map)); }),
              ErrorCode::kInvalidArgument)
        << map;
  }
}

// Any bytes give entries or an Error, soon.
TEST(TarReader, SurvivesRandomChanges) {
  const TestDirectory scratch;
  make_tree(scratch.path());
  add_long_names(scratch.path());
  run_script(
      "rm tree/big; truncate -s 300K tree/holes; setfattr -n user.a -v b tree/file; "
      "for f in gnu posix; do tar --format=$f -S --xattrs -C tree -cf $f.tar .; done",
      scratch.path());
  const std::string seeds[] = {read_file(scratch.file("gnu.tar")),
                               read_file(scratch.file("posix.tar"))};
  std::mt19937 random(1);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  int read = 0;
  for (int round = 0; std::chrono::steady_clock::now() < end; ++round) {
    std::string bytes = seeds[round % 2];
    const auto at = [&] { return random() % bytes.size(); };
    for (unsigned i = 0; i < 1 + random() % 4; ++i) bytes[at()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(at());
    // Mend one header's checksum, so that what it says is believed.
    const std::size_t block_at = at() / 512 * 512;
    if (block_at + 512 <= bytes.size()) {
      bytes[block_at + random() % 512] ^= static_cast<char>(1 << (random() % 8));
      bytes.replace(block_at, 512, patched(bytes.substr(block_at, 512), tar_fields::kName, ""));
    }
    StringSource source(std::move(bytes));
    try {
      TarReader reader(source);
      while (auto entry = reader.next()) {
        if (entry->size_bytes < 1u << 20) reader.body().skip(entry->size_bytes);
        ++read;
      }
    } catch (const Error&) {
      continue;  // refused
    }
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace estiba::archive
