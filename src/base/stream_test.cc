#include "base/stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba {
namespace {

using testing::error_code_of;
using testing::TestDirectory;

TEST(Stream, CopyPassesEverythingThroughTeeHashAndLimit) {
  const std::string data(700'000, 'z');
  StringSource from(data);
  LimitedSource limited(from, data.size(), "the upload");
  std::uint64_t counted = 0;
  CountingSource counting(limited, [&](std::uint64_t count) { counted += count; });
  StringSink first(data.size());
  StringSink second(data.size());
  TeeSink tee(first, second);
  HashSink hash(HashAlgorithm::kSha256, &tee);
  EXPECT_EQ(copy(counting, hash), data.size());
  hash.finish();
  EXPECT_EQ(counted, data.size());
  EXPECT_EQ(hash.size_bytes(), data.size());
  EXPECT_EQ(first.text(), data);
  EXPECT_EQ(second.text(), data);
  Hasher expected(HashAlgorithm::kSha256);
  expected.update(data);
  EXPECT_EQ(hash.hasher().finish_hex(), expected.finish_hex());
}

TEST(Stream, LimitsRefuseOneByteMore) {
  StringSource from("12345");
  LimitedSource limited(from, 4, "the manifest");
  StringSink sink(100);
  EXPECT_EQ(error_code_of([&] { copy(limited, sink); }), ErrorCode::kResourceExhausted);
  StringSink small(4);
  EXPECT_EQ(error_code_of([&] { small.write(as_bytes("12345")); }), ErrorCode::kResourceExhausted);
  StringSource again("12345");
  EXPECT_EQ(error_code_of([&] { (void)read_all(again, 4, "the manifest"); }),
            ErrorCode::kResourceExhausted);
}

TEST(Stream, ReadExactlyAndSkipNoticeAnEarlyEnd) {
  StringSource source("0123456789");
  source.skip(4);
  std::array<std::byte, 4> buffer = {};
  read_exactly(source, buffer, "a header");
  EXPECT_EQ(as_text(buffer), "4567");
  EXPECT_EQ(error_code_of([&] { read_exactly(source, buffer, "a header"); }), ErrorCode::kDataLoss);
  StringSource other("01");
  EXPECT_EQ(error_code_of([&] { other.skip(3); }), ErrorCode::kDataLoss);
}

TEST(Stream, FilesSkipBySeekingAndStillNoticeTheEnd) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("data"), "0123456789");
  FdSource source(open_file(scratch.file("data"), O_RDONLY), "data");
  source.skip(7);
  EXPECT_EQ(error_code_of([&] { source.skip(4); }), ErrorCode::kDataLoss);
  EXPECT_EQ(read_all(source, 100, "data"), "789");
}

TEST(Stream, PipesSkipByReading) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  FdSource source{UniqueFd(ends[0]), "a pipe"};
  {
    const UniqueFd writer(ends[1]);
    FdSink sink(writer.get(), "a pipe");
    sink.write(as_bytes("0123456789"));
  }
  source.skip(8);
  EXPECT_EQ(read_all(source, 100, "a pipe"), "89");
}

}  // namespace
}  // namespace estiba
