// Where connections wait that no thread serves: one thread watches them all with epoll.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "http/connection.h"

namespace estiba::http {

// park() and close_*() are safe from any thread.
class ParkingLot {
 public:
  // `on_ready` gets each connection whose client has done what it waited for; it must not block.
  // Connections whose deadline passes are closed.
  explicit ParkingLot(std::function<void(std::unique_ptr<Connection>)> on_ready);
  ~ParkingLot();  // closes what is parked
  ParkingLot(const ParkingLot&) = delete;
  ParkingLot& operator=(const ParkingLot&) = delete;

  void park(std::unique_ptr<Connection> connection, Wait wait);
  // Closes the one that has waited longest for a request; false when none does.
  bool close_oldest_waiting();
  // Closes all but those that still take a file, now and from now on.
  void close_waiting();
  // Closes all, now and from now on.
  void close_all();

 private:
  using Id = std::uint64_t;  // of one stay; never reused, as descriptors are
  struct Parked {
    std::unique_ptr<Connection> connection;
    Wait wait;
  };
  using Connections = std::vector<std::unique_ptr<Connection>>;

  void watch(std::stop_token stop);
  int timeout_ms();
  void collect_ready(int count, Connections& ready);
  void collect_expired(Connections& expired);
  std::unique_ptr<Connection> take(Id id);
  [[nodiscard]] bool accepts(const Wait& wait) const;
  void close_unaccepted();
  void wake() const;

  std::function<void(std::unique_ptr<Connection>)> on_ready_;
  UniqueFd epoll_;
  UniqueFd wake_;
  std::vector<epoll_event> events_;  // the watching thread's

  std::mutex mutex_;             // guards all below
  std::map<Id, Parked> parked_;  // the longest parked first
  std::multimap<Clock::time_point, Id> deadlines_;
  Clock::time_point watch_until_;  // when the watching thread looks at the deadlines next
  Id next_id_ = 1;
  bool waiting_allowed_ = true;
  bool files_allowed_ = true;

  std::jthread thread_;
};

}  // namespace estiba::http
