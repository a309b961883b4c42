#include "registry/live_events.h"

#include <gtest/gtest.h>

#include <thread>

#include "registry/limits.h"

namespace estiba::registry {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{30'000};
constexpr milliseconds kNow{0};

LiveEvent push_to(const std::string& repository, const std::string& tag = "latest") {
  return {"", "push", repository, tag, "sha256:x", 7};
}

TEST(LiveEvents, AreHandedToWhoWatchesTheirRepositoryOrAll) {
  LiveEvents events;
  EXPECT_FALSE(events.watched());
  const auto one = events.watch("ana/one", "ana", "");
  const auto all = events.watch("", "ana", "");
  EXPECT_TRUE(events.watched());
  events.publish(push_to("ana/one"));
  events.publish(push_to("ana/two"));
  EXPECT_EQ(one->next(kLong, {}).events.size(), 1u);
  const auto batch = all->next(kLong, {});
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.events[1]->repository, "ana/two");
  EXPECT_FALSE(batch.gap || batch.over);
}

TEST(LiveEvents, GoOnAfterTheLastThatAWatcherHasSeen) {
  LiveEvents events;
  std::string seen;
  {
    const auto watcher = events.watch("ana/one", "ana", "");
    events.publish(push_to("ana/one", "first"));
    seen = watcher->next(kLong, {}).events.front()->id;
  }
  events.publish(push_to("ana/two", "another's"));
  events.publish(push_to("ana/one", "second"));
  const auto back = events.watch("ana/one", "ana", seen)->next(kLong, {});
  ASSERT_EQ(back.events.size(), 1u);
  EXPECT_EQ(back.events.front()->tag, "second");
  EXPECT_FALSE(back.gap);
}

TEST(LiveEvents, TellOfAGapWhenNobodyKnowsWhatWasMissed) {
  LiveEvents events;
  const auto stranger = events.watch("", "ana", "another-run-5");
  EXPECT_TRUE(stranger->next(kLong, {}).gap);
  EXPECT_FALSE(stranger->next(kNow, {}).gap);
  events.publish(push_to("ana/one"));
  const std::string old = stranger->next(kLong, {}).events.front()->id;
  for (std::size_t i = 0; i < kMaxKeptLiveEvents; ++i) events.publish(push_to("ana/one"));
  EXPECT_TRUE(events.watch("", "bob", old)->next(kLong, {}).gap);
}

TEST(LiveEvents, EndAWatcherThatIsTooSlow) {
  LiveEvents events;
  const auto slow = events.watch("ana/one", "ana", "");
  for (std::size_t i = 0; i <= kMaxQueuedLiveEvents; ++i) events.publish(push_to("ana/one"));
  const auto batch = slow->next(kLong, {});
  EXPECT_TRUE(batch.over);
  EXPECT_TRUE(batch.events.empty());
}

TEST(LiveEvents, AreForSoManyOfOneAndNotMore) {
  LiveEvents events;
  std::vector<std::unique_ptr<LiveEvents::Watcher>> watchers;
  for (int i = 0; i < kMaxWatchersOfOne; ++i) watchers.push_back(events.watch("", "ana", ""));
  EXPECT_EQ(events.watch("", "ana", ""), nullptr);
  EXPECT_NE(events.watch("", "bob", ""), nullptr);
  watchers.pop_back();
  EXPECT_NE(events.watch("", "ana", ""), nullptr);
}

TEST(LiveEvents, EndWithTheServer) {
  LiveEvents events;
  const auto watcher = events.watch("", "ana", "");
  std::thread closer([&] { events.close(); });
  EXPECT_TRUE(watcher->next(kLong, {}).over);
  closer.join();
  EXPECT_EQ(events.watch("", "ana", ""), nullptr);
}

}  // namespace
}  // namespace estiba::registry
