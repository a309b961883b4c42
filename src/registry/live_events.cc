#include "registry/live_events.h"

#include <algorithm>

#include "base/text.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kRunIdBytes = 8;

}  // namespace

LiveEvents::LiveEvents() : run_(random_hex(kRunIdBytes)) {}

LiveEvents::~LiveEvents() = default;

void LiveEvents::publish(LiveEvent event) {
  const bool keep = event.type != "upload";
  const std::lock_guard lock(mutex_);
  if (keep) event.id = run_ + "-" + std::to_string(next_number_++);
  const auto shared = std::make_shared<const LiveEvent>(std::move(event));
  for (const std::string& place : {shared->repository, std::string()}) {
    const auto found = watchers_.find(place);
    if (found == watchers_.end()) continue;
    for (Watcher* watcher : found->second) hand_to(*watcher, shared);
  }
  if (!keep) return;
  kept_.push_back(shared);
  if (kept_.size() > kMaxKeptLiveEvents) kept_.pop_front();
}

void LiveEvents::hand_to(Watcher& watcher, const SharedLiveEvent& event) {
  if (watcher.over_) return;
  if (watcher.queue_.size() >= kMaxQueuedLiveEvents) {
    watcher.queue_.clear();
    watcher.over_ = true;
  } else {
    watcher.queue_.push_back(event);
  }
  watcher.changed_.notify_one();
}

std::unique_ptr<LiveEvents::Watcher> LiveEvents::watch(const std::string& repository,
                                                       const std::string& who,
                                                       const std::string& last_id) {
  const std::lock_guard lock(mutex_);
  if (closed_ || watched_ >= kMaxWatchers) return nullptr;
  int& of_one = of_one_[who];
  if (of_one >= kMaxWatchersOfOne) return nullptr;
  std::unique_ptr<Watcher> watcher(new Watcher(*this, repository, who));
  if (!last_id.empty()) replay(*watcher, last_id);
  watchers_[repository].insert(watcher.get());
  ++of_one;
  ++watched_;
  return watcher;
}

void LiveEvents::replay(Watcher& watcher, const std::string& last_id) {
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const SharedLiveEvent& event) {
    return event->id == last_id;
  });
  if (known == kept_.end()) {
    watcher.gap_ = true;
    return;
  }
  for (auto event = known + 1; event != kept_.end(); ++event) {
    if (watcher.repository_.empty() || watcher.repository_ == (*event)->repository) {
      hand_to(watcher, *event);
    }
  }
}

void LiveEvents::leave(Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  const auto place = watchers_.find(watcher.repository_);
  place->second.erase(&watcher);
  if (place->second.empty()) watchers_.erase(place);
  const auto of_one = of_one_.find(watcher.who_);
  if (--of_one->second == 0) of_one_.erase(of_one);
  --watched_;
}

void LiveEvents::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& [place, watchers] : watchers_) {
    for (Watcher* watcher : watchers) {
      watcher->over_ = true;
      watcher->changed_.notify_one();
    }
  }
}

LiveEvents::Watcher::~Watcher() {
  events_.leave(*this);
}

LiveEvents::Watcher::Batch LiveEvents::Watcher::next(std::chrono::milliseconds patience,
                                                     const std::stop_token& stop) {
  std::unique_lock lock(events_.mutex_);
  (void)changed_.wait_for(lock, stop, patience, [&] { return gap_ || over_ || !queue_.empty(); });
  Batch batch{{queue_.begin(), queue_.end()}, gap_, over_ || stop.stop_requested()};
  queue_.clear();
  gap_ = false;
  return batch;
}

}  // namespace estiba::registry
