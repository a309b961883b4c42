// Tells those who watch what happens, as it happens.
//
// Of this process alone: what another server does on the same database is seen when it is asked
// for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.h"

namespace estiba::registry {

struct LiveEvent {
  std::string id;    // what a watcher that comes back names; empty for "upload", which is not kept
  std::string type;  // "push", "tag", "delete", "upload"
  std::string repository;
  std::string tag{};
  std::string digest{};
  std::uint64_t bytes = 0;  // of a manifest, or of an upload so far
  Timestamp at{};
};
using SharedLiveEvent = std::shared_ptr<const LiveEvent>;

// Thread-safe. Whoever publishes waits for nobody: each watcher has a queue that ends it when it is
// full.
class LiveEvents {
 public:
  // One who watches; belongs to one thread. Must not outlive the LiveEvents.
  class Watcher;

  LiveEvents();
  ~LiveEvents();

  void publish(LiveEvent event);
  // Whether anybody is there, so that progress need not be measured otherwise.
  [[nodiscard]] bool watched() const { return watched_ > 0; }

  // Watches one repository, or all (empty). After the event `last_id`, of which nothing is missed
  // that is still known; a last id that nobody knows makes the watcher begin with a gap. `who` is
  // counted: nothing when there are too many, of one or of all, or after close().
  [[nodiscard]] std::unique_ptr<Watcher> watch(const std::string& repository,
                                               const std::string& who, const std::string& last_id);
  // All watchers end, now and from now on.
  void close();

 private:
  void hand_to(Watcher& watcher, const SharedLiveEvent& event);
  void leave(Watcher& watcher);
  void replay(Watcher& watcher, const std::string& last_id);

  const std::string run_;  // ids of another run mean nothing here
  std::atomic<std::size_t> watched_ = 0;
  std::mutex mutex_;  // guards all below, and the watchers' queues
  std::map<std::string, std::set<Watcher*>> watchers_;  // by repository; "" for all
  std::map<std::string, int> of_one_;
  std::deque<SharedLiveEvent> kept_;
  std::uint64_t next_number_ = 1;
  bool closed_ = false;
};

class LiveEvents::Watcher {
 public:
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  struct Batch {
    std::vector<SharedLiveEvent> events;
    bool gap = false;   // something was missed before these
    bool over = false;  // nothing follows: too slow, or the server ends
  };
  // Waits until there is something, for `patience` at most.
  [[nodiscard]] Batch next(std::chrono::milliseconds patience, const std::stop_token& stop);

 private:
  friend class LiveEvents;
  Watcher(LiveEvents& events, std::string repository, std::string who)
      : events_(events), repository_(std::move(repository)), who_(std::move(who)) {}

  LiveEvents& events_;
  const std::string repository_;
  const std::string who_;
  std::condition_variable_any changed_;
  std::deque<SharedLiveEvent> queue_;
  bool gap_ = false;
  bool over_ = false;
};

}  // namespace estiba::registry
