// The connections of a server: many readers, one writer, as SQLite's WAL has it; PostgreSQL is used
// the same way.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "sql/change_watch.h"
#include "sql/connection.h"

namespace estiba::sql {

// Safe from any thread. A borrowed connection belongs to the borrower alone until it is dropped;
// borrowing while none is free waits. A thread that holds one must not borrow another of its kind.
class ConnectionPool {
  struct State;

 public:
  class Borrowed {
   public:
    Borrowed(Borrowed&&) noexcept = default;
    Borrowed& operator=(Borrowed&&) = delete;
    ~Borrowed();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class ConnectionPool;
    Borrowed(State& state, bool writes, std::unique_ptr<Connection> connection)
        : state_(&state), writes_(writes), connection_(std::move(connection)) {}
    State* state_;
    bool writes_;
    std::unique_ptr<Connection> connection_;
  };

  // Opens one writer and `readers` connections that cannot write; `options.read_only` is ignored.
  ConnectionPool(const std::string& address, const SqliteOptions& options, std::size_t readers);
  ~ConnectionPool();

  [[nodiscard]] Borrowed reader();
  [[nodiscard]] Borrowed writer();
  // See change_watch.h; nothing, always, where the engine is not SQLite.
  [[nodiscard]] std::optional<ChangeStamp> change_stamp() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace estiba::sql
