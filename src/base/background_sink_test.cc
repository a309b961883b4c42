#include "base/background_sink.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/testing/expect_error.h"

namespace estiba {
namespace {

using testing::error_code_of;

// Takes its time, so that the writer runs ahead; fails at a given byte.
class SlowSink final : public Sink {
 public:
  void write(Bytes data) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (text.size() + data.size() > fails_after) throw Error(ErrorCode::kDataLoss, "disk broken");
    text += as_text(data);
    ++writes;
  }
  void finish() override { ++finishes; }

  std::string text;
  std::size_t fails_after = std::string::npos;
  std::atomic<int> writes{0};
  int finishes = 0;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size; ++at) text[at] = static_cast<char>(at * 31 / 7);
  return text;
}

TEST(BackgroundSink, PassesEverythingOnInOrder) {
  const std::string data = pattern(20 * kCopyBufferBytes + 17);
  SlowSink next;
  BackgroundSink sink(next);
  for (std::size_t at = 0; at < data.size(); at += 99'991) {
    sink.write(as_bytes(std::string_view(data).substr(at, 99'991)));
  }
  sink.finish();
  EXPECT_EQ(next.text, data);
  EXPECT_EQ(next.finishes, 1);
}

TEST(BackgroundSink, ASmallWriteStaysOnTheCallersThread) {
  SlowSink next;
  BackgroundSink sink(next);
  sink.write(as_bytes("little"));
  EXPECT_EQ(next.writes, 0);
  sink.finish();
  EXPECT_EQ(next.text, "little");
}

TEST(BackgroundSink, AnErrorReachesTheWriterAndNothingFollowsIt) {
  const std::string data = pattern(kCopyBufferBytes);
  SlowSink next;
  next.fails_after = 2 * data.size();
  BackgroundSink sink(next);
  EXPECT_EQ(error_code_of([&] {
              for (;;) sink.write(as_bytes(data));
            }),
            ErrorCode::kDataLoss);
  EXPECT_EQ(error_code_of([&] { sink.finish(); }), ErrorCode::kDataLoss);
  EXPECT_EQ(next.text.size(), 2 * data.size());
  EXPECT_EQ(next.finishes, 0);
}

TEST(BackgroundSink, DestroyedEarlyItDropsWhatIsLeft) {
  SlowSink next;
  {
    BackgroundSink sink(next);
    sink.write(as_bytes(pattern(8 * kCopyBufferBytes)));
  }
  EXPECT_LE(next.writes, 8);
  EXPECT_EQ(next.finishes, 0);
}

}  // namespace
}  // namespace estiba
