#include "build/graph_run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace estiba::build {
namespace {

constexpr auto kNothing = [] {};

TEST(GraphRun, RunsEachTaskOnceAndAfterItsNeeds) {
  // A diamond on a chain, with one edge twice.
  const TaskGraph graph{{{}, {0}, {1}, {1, 1}, {2, 3}}, 4};
  std::mutex mutex;
  std::vector<std::size_t> order;
  run_graph(graph,
            [&](std::size_t number) {
              const std::lock_guard lock(mutex);
              order.push_back(number);
            },
            kNothing, {});
  ASSERT_EQ(order.size(), 5u);
  EXPECT_EQ(order[0], 0u);
  EXPECT_EQ(order[1], 1u);
  EXPECT_EQ(order[4], 4u);
}

TEST(GraphRun, RunsIndependentTasksAtTheSameTime) {
  // Each waits for all the others: with fewer threads this would never end.
  std::latch all(4);
  run_graph({{{}, {}, {}, {}, {0, 1, 2, 3}}, 4},
            [&](std::size_t number) {
              if (number < 4) all.arrive_and_wait();
            },
            kNothing, {});
}

TEST(GraphRun, RunsNoMoreAtOnceThanItMay) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  run_graph({std::vector<std::vector<std::size_t>>(12), 2},
            [&](std::size_t) {
              const int now = ++running;
              int seen = most;
              while (now > seen && !most.compare_exchange_weak(seen, now)) continue;
              std::this_thread::sleep_for(std::chrono::milliseconds(2));
              --running;
            },
            kNothing, {});
  EXPECT_EQ(most, 2);
}

TEST(GraphRun, RunsAChainOnTheCallersThread) {
  const std::thread::id caller = std::this_thread::get_id();
  run_graph({{{}, {0}, {1}}, 8},
            [&](std::size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); }, kNothing, {});
}

TEST(GraphRun, TheFirstFailureStopsTheOthersAndIsThrown) {
  std::stop_source others;
  std::atomic<bool> ran_dependent = false;
  const auto task = [&](std::size_t number) {
    if (number == 0) throw Error(ErrorCode::kConflict, "the first");
    if (number == 2) ran_dependent = true;
    while (!others.stop_requested()) std::this_thread::yield();
    throw Error(ErrorCode::kCancelled, "a consequence");
  };
  try {
    run_graph({{{}, {}, {0}}, 2}, task, [&] { others.request_stop(); }, {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "the first");
  }
  EXPECT_FALSE(ran_dependent);
}

TEST(GraphRun, AStopStartsNothingFurther) {
  std::stop_source stop;
  int ran = 0;
  try {
    run_graph(
        {{{}, {0}, {1}}, 2},
        [&](std::size_t) {
          ++ran;
          stop.request_stop();
        },
        kNothing, stop.get_token());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace estiba::build
