#include "sql/connection_pool.h"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace estiba::sql {

struct ConnectionPool::State {
  using Idle = std::vector<std::unique_ptr<Connection>>;

  Idle& idle(bool writes) { return writes ? idle_writer : idle_readers; }

  std::unique_ptr<Connection> take(bool writes) {
    std::unique_lock lock(mutex);
    Idle& connections = idle(writes);
    freed.wait(lock, [&] { return !connections.empty(); });
    std::unique_ptr<Connection> connection = std::move(connections.back());
    connections.pop_back();
    return connection;
  }

  void give_back(bool writes, std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex);
      idle(writes).push_back(std::move(connection));
    }
    // All: who waits for the writer and who waits for a reader wait at the same place.
    freed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable freed;
  Idle idle_readers;
  Idle idle_writer;
  std::unique_ptr<ChangeWatch> watch;
};

ConnectionPool::Borrowed::~Borrowed() {
  if (connection_) state_->give_back(writes_, std::move(connection_));
}

ConnectionPool::ConnectionPool(const std::string& address, const SqliteOptions& options,
                               std::size_t readers)
    : state_(std::make_unique<State>()) {
  SqliteOptions wanted = options;
  wanted.read_only = false;
  state_->idle_writer.push_back(std::make_unique<Connection>(Connection::open(address, wanted)));
  wanted.read_only = true;
  for (std::size_t i = 0; i < std::max<std::size_t>(readers, 1); ++i) {
    state_->idle_readers.push_back(std::make_unique<Connection>(Connection::open(address, wanted)));
  }
  if (!is_postgresql_url(address)) state_->watch = std::make_unique<ChangeWatch>(address);
}

ConnectionPool::~ConnectionPool() = default;

std::optional<ChangeStamp> ConnectionPool::change_stamp() const {
  return state_->watch ? state_->watch->stamp() : std::nullopt;
}

ConnectionPool::Borrowed ConnectionPool::reader() {
  return {*state_, false, state_->take(false)};
}

ConnectionPool::Borrowed ConnectionPool::writer() {
  return {*state_, true, state_->take(true)};
}

}  // namespace estiba::sql
