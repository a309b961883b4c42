#include "http/parking_lot.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace estiba::http {
namespace {

constexpr std::size_t kEventsPerTurn = 256;
constexpr std::uint64_t kWakeId = 0;

std::uint32_t events_of(const Wait& wait) {
  return (wait.what == Wait::For::kWritable ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT;
}

}  // namespace

ParkingLot::ParkingLot(std::function<void(std::unique_ptr<Connection>)> on_ready)
    : on_ready_(std::move(on_ready)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      events_(kEventsPerTurn) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kWakeId}};
  if (!epoll_ || !wake_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    throw_errno("watch connections");
  }
  thread_ = std::jthread([this](std::stop_token stop) { watch(std::move(stop)); });
}

ParkingLot::~ParkingLot() {
  close_all();
  thread_.request_stop();
  wake();
  thread_.join();
}

void ParkingLot::park(std::unique_ptr<Connection> connection, Wait wait) {
  const int fd = connection->fd();
  const std::lock_guard lock(mutex_);
  if (!accepts(wait)) return;  // `connection` is closed
  const Id id = next_id_++;
  epoll_event event{.events = events_of(wait), .data = {.u64 = id}};
  // A connection that was parked before is still registered.
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0 &&
      (errno != ENOENT || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)) {
    return;  // the kernel is out of memory: the client may come again
  }
  parked_.emplace(id, Parked{std::move(connection), wait});
  deadlines_.emplace(wait.deadline, id);
  if (wait.deadline < watch_until_) wake();
}

bool ParkingLot::accepts(const Wait& wait) const {
  switch (wait.what) {
    case Wait::For::kRequest:
    case Wait::For::kLinger:
      return waiting_allowed_;
    case Wait::For::kWritable:
      return files_allowed_;
    case Wait::For::kNothing:
      return false;
  }
  return false;
}

bool ParkingLot::close_oldest_waiting() {
  std::unique_ptr<Connection> oldest;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  for (const auto& [id, parked] : parked_) {
    if (parked.wait.what == Wait::For::kRequest) {
      oldest = take(id);
      return true;
    }
  }
  return false;
}

void ParkingLot::close_waiting() {
  {
    const std::lock_guard lock(mutex_);
    waiting_allowed_ = false;
  }
  close_unaccepted();
}

void ParkingLot::close_all() {
  {
    const std::lock_guard lock(mutex_);
    waiting_allowed_ = false;
    files_allowed_ = false;
  }
  close_unaccepted();
}

void ParkingLot::close_unaccepted() {
  Connections closed;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  std::vector<Id> ids;
  for (const auto& [id, parked] : parked_) {
    if (!accepts(parked.wait)) ids.push_back(id);
  }
  for (const Id id : ids) closed.push_back(take(id));
}

std::unique_ptr<Connection> ParkingLot::take(Id id) {
  const auto found = parked_.find(id);
  if (found == parked_.end()) return nullptr;
  auto [first, last] = deadlines_.equal_range(found->second.wait.deadline);
  deadlines_.erase(
      std::find_if(first, last, [&](const auto& entry) { return entry.second == id; }));
  std::unique_ptr<Connection> connection = std::move(found->second.connection);
  parked_.erase(found);
  return connection;
}

void ParkingLot::wake() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the thread is awake.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void ParkingLot::watch(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const int count =
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms());
    Connections ready;
    Connections expired;
    {
      const std::lock_guard lock(mutex_);
      collect_ready(count, ready);
      collect_expired(expired);
    }
    for (auto& connection : ready) on_ready_(std::move(connection));
  }
}

int ParkingLot::timeout_ms() {
  constexpr std::chrono::milliseconds kLongest{60'000};
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  watch_until_ = now + kLongest;
  if (!deadlines_.empty()) watch_until_ = std::min(watch_until_, deadlines_.begin()->first);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(watch_until_ - now);
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void ParkingLot::collect_ready(int count, Connections& ready) {
  for (int i = 0; i < count; ++i) {
    const Id id = events_[static_cast<std::size_t>(i)].data.u64;
    if (id == kWakeId) {
      std::uint64_t drained = 0;
      [[maybe_unused]] const ssize_t size = ::read(wake_.get(), &drained, sizeof drained);
    } else if (auto connection = take(id)) {
      ready.push_back(std::move(connection));
    }
  }
}

void ParkingLot::collect_expired(Connections& expired) {
  const auto now = Clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    expired.push_back(take(deadlines_.begin()->second));
  }
}

}  // namespace estiba::http
