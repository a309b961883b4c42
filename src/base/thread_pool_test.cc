#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "base/error.h"

namespace estiba {
namespace {

TEST(ThreadPool, RunsWhatIsQueuedToItsEnd) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(3, 4);
    for (int i = 0; i < 200; ++i) pool.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 200);
}

TEST(ThreadPool, WorksInParallel) {
  ThreadPool pool(2);
  std::latch both(2);
  auto first = pool.submit([&] { both.arrive_and_wait(); });
  auto second = pool.submit([&] { both.arrive_and_wait(); });
  first.get();
  second.get();
}

TEST(ThreadPool, AnErrorComesOutOfItsFutureAndThePoolGoesOn) {
  ThreadPool pool(1);
  auto failing = pool.submit([] { throw Error(ErrorCode::kIo, "disk"); });
  auto working = pool.submit([] {});
  EXPECT_THROW(failing.get(), Error);
  EXPECT_NO_THROW(working.get());
}

TEST(ThreadPool, SubmitWaitsWhileTheQueueIsFull) {
  ThreadPool pool(1, 1);
  std::latch release(1);
  std::latch started(1);
  pool.submit([&] {
    started.count_down();
    release.wait();
  });
  started.wait();
  pool.submit([] {});
  std::atomic<bool> submitted = false;
  std::jthread submitter([&] {
    pool.submit([] {});
    submitted = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(submitted);
  release.count_down();
  submitter.join();
  EXPECT_TRUE(submitted);
}

}  // namespace
}  // namespace estiba
