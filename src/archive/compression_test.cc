// gzip, zstd, xz and bzip2 as their own programs make and read them.
#include "archive/compression.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <random>

#include "archive/foreign.h"
#include "archive/testing/programs.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::archive {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;
using testing::run_script;

// Text that compresses like text, longer than every buffer on the way.
std::string make_text(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) {
    text += "line " + std::to_string(random() % 5000) + " of the text\n";
    if (random() % 50 == 0) text += std::string(random() % 3000, static_cast<char>(random()));
  }
  text.resize(size);
  return text;
}

// Gives a few bytes at a time, so that every state is left and entered again.
class DrippingSource final : public Source {
 public:
  DrippingSource(std::string data, std::size_t step) : data_(std::move(data)), step_(step) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    const std::size_t count = std::min({buffer.size(), data_.size() - position_, step_});
    std::copy_n(as_bytes(data_).begin() + static_cast<std::ptrdiff_t>(position_), count,
                buffer.begin());
    position_ += count;
    return count;
  }

 private:
  std::string data_;
  std::size_t step_;
  std::size_t position_ = 0;
};

std::string compress(const std::string& text, Compression compression, CompressionLevel level,
                     std::size_t step) {
  StringSink output(64u << 20);
  const auto compressor = make_compressor(output, compression, level);
  for (std::size_t at = 0; at < text.size(); at += step) {
    compressor->write(as_bytes(std::string_view(text).substr(at, step)));
  }
  compressor->finish();
  return output.text();
}

std::string decompress(const std::string& bytes, std::size_t step = 1u << 20) {
  DrippingSource source(bytes, step);
  return read_all(*open_maybe_compressed(source), 64u << 20, "the test");
}

TEST(Compression, IsReadByItsOwnProgram) {
  const TestDirectory scratch;
  const std::string text = make_text(3'000'000);
  write_file_atomically(scratch.file("text"), text);
  for (const auto level : {CompressionLevel::kFast, CompressionLevel::kSmall}) {
    write_file_atomically(scratch.file("text.gz"),
                          compress(text, Compression::kGzip, level, 100'000));
    run_script("gzip -dc text.gz | cmp - text", scratch.path());
    write_file_atomically(scratch.file("text.zst"),
                          compress(text, Compression::kZstd, level, 100'000));
    run_script("zstd -qdc text.zst | cmp - text", scratch.path());
  }
}

TEST(Compression, ReadsWhatOtherProgramsWrite) {
  const TestDirectory scratch;
  const std::string text = make_text(1'000'000);
  write_file_atomically(scratch.file("text"), text);
  for (const char* program : {"gzip -1", "gzip -9", "zstd -q", "zstd -q -19", "xz", "bzip2"}) {
    const std::string bytes = run_script(std::string(program) + " -c < text", scratch.path());
    EXPECT_EQ(decompress(bytes), text) << program;
    EXPECT_EQ(decompress(bytes, 1009), text) << program;
  }
  EXPECT_EQ(decompress(text), text);
  EXPECT_EQ(decompress(""), "");
  EXPECT_EQ(decompress("x"), "x");
}

TEST(Compression, OfNothingIsNothing) {
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string bytes = compress("", compression, CompressionLevel::kFast, 1);
    EXPECT_EQ(detect_compression(as_bytes(bytes)), compression);
    EXPECT_EQ(decompress(bytes), "");
  }
}

TEST(Compression, DoesNotDependOnHowTheInputCame) {
  const std::string text = make_text(1'500'000);
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    for (const auto level : {CompressionLevel::kFast, CompressionLevel::kSmall}) {
      const std::string whole = compress(text, compression, level, text.size());
      EXPECT_EQ(compress(text, compression, level, 4093), whole);
      EXPECT_EQ(compress(text, compression, level, 262'144), whole);
      EXPECT_EQ(compress(text, compression, level, 262'145), whole);
    }
  }
}

TEST(Compression, TakesMembersOneAfterTheOther) {
  const std::string first = make_text(300'000);
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    std::string bytes = compress(first, compression, CompressionLevel::kFast, 1 << 20) +
                        compress("second", compression, CompressionLevel::kFast, 1 << 20) +
                        compress("", compression, CompressionLevel::kFast, 1 << 20) +
                        compress("last", compression, CompressionLevel::kFast, 1 << 20);
    if (compression == Compression::kGzip) bytes += std::string(1000, '\0');
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
      EXPECT_EQ(decompress(bytes, step), first + "second" + "last") << step;
    }
  }
}

TEST(Compression, NoticesDamageAndTruncation) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("text"), make_text(50'000));
  for (const char* program : {"gzip", "zstd -q", "xz", "bzip2"}) {
    const std::string good = run_script(std::string(program) + " -c < text", scratch.path());
    std::string damaged = good;
    damaged[good.size() / 2] ^= 0x10;
    const std::string cases[] = {damaged, good.substr(0, good.size() / 2),
                                 good.substr(0, good.size() - 1),
                                 good + "rubbish that is no member"};
    for (const std::string& bytes : cases) {
      // libarchive stops at the end of the last member, as the programs themselves do.
      if (&bytes == &cases[3] && *program != 'g' && *program != 'z') continue;
      EXPECT_EQ(error_code_of([&] { static_cast<void>(decompress(bytes)); }), ErrorCode::kDataLoss)
          << program << " " << bytes.size() << " of " << good.size();
    }
  }
}

TEST(Compression, RefusesFramesThatNeedTooMuchMemory) {
  const TestDirectory scratch;
  const std::string bytes = run_script(
      "head -c 300000000 /dev/zero | zstd -q --ultra --long=28 --no-check -c", scratch.path());
  EXPECT_EQ(error_code_of([&] {
              StringSource source(bytes);
              const auto plain = make_decompressor(source, Compression::kZstd);
              plain->skip(1);
            }),
            ErrorCode::kUnsupported);
}

TEST(TarArchive, IsKnownByItsContentInAnyCompression) {
  const TestDirectory scratch;
  run_script(
      "mkdir d; echo hello > d/f; tar cf a.tar d; for p in gzip bzip2 xz 'zstd -q'; do "
      "$p -kc a.tar > a.${p%% *}; done; tar cf empty.tar -T /dev/null; echo hello > text; "
      "gzip -c text > text.gz; printf '\\037\\213rubbish' > rubbish.gz; : > nothing",
      scratch.path());
  const auto is_tar = [&](const char* name) {
    const UniqueFd file = open_file(scratch.file(name), O_RDONLY);
    return is_tar_archive(file.get());
  };
  for (const char* name : {"a.tar", "a.gzip", "a.bzip2", "a.xz", "a.zstd"}) {
    EXPECT_TRUE(is_tar(name)) << name;
  }
  for (const char* name : {"empty.tar", "text", "text.gz", "rubbish.gz", "nothing"}) {
    EXPECT_FALSE(is_tar(name)) << name;
  }
}

std::string compress_at_level(const std::string& text, Compression compression, int level,
                              std::size_t step) {
  StringSink output(64u << 20);
  const auto compressor =
      make_compressor(output, CompressionSettings{.compression = compression, .level = level});
  for (std::size_t at = 0; at < text.size(); at += step) {
    compressor->write(as_bytes(std::string_view(text).substr(at, step)));
  }
  compressor->finish();
  return output.text();
}

TEST(CompressionLevel, GivesTheSameBytesHoweverTheWritesWereCutAndIsReadBack) {
  const std::string text = make_text(9u << 20);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string packed = compress_at_level(text, compression, 6, text.size());
    EXPECT_EQ(packed, compress_at_level(text, compression, 6, 70'001));
    StringSource source(packed);
    EXPECT_EQ(read_all(*make_decompressor(source, compression), text.size(), "text"), text);
  }
}

TEST(CompressionLevel, AHigherOneIsSmaller) {
  const std::string text = make_text(1u << 20);
  EXPECT_LT(compress_at_level(text, Compression::kGzip, 9, 4096).size(),
            compress_at_level(text, Compression::kGzip, 1, 4096).size());
}

TEST(CompressionLevel, OneThatDoesNotExistIsRefused) {
  EXPECT_EQ(error_code_of([] { compress_at_level("", Compression::kGzip, 10, 1); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_code_of([] { compress_at_level("", Compression::kZstd, 23, 1); }),
            ErrorCode::kInvalidArgument);
}

TEST(CompressionLevel, NothingIsStillAGzipFile) {
  StringSource source(compress_at_level("", Compression::kGzip, 6, 1));
  EXPECT_EQ(read_all(*make_decompressor(source, Compression::kGzip), 10, "text"), "");
}

}  // namespace
}  // namespace estiba::archive
