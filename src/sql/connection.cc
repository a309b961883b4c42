#include "sql/connection.h"

#include "base/error.h"
#include "sql/engine.h"

namespace estiba::sql {

bool is_postgresql_url(std::string_view address) {
  return address.starts_with("postgresql://") || address.starts_with("postgres://");
}

Connection Connection::open(const std::string& address, const SqliteOptions& options) {
  if (!is_postgresql_url(address)) return open_sqlite(address, options);
  auto state = std::make_shared<State>();
  state->engine = open_postgresql_engine(address, options);
  return Connection(std::move(state));
}

Connection Connection::open_sqlite(const std::string& path, const SqliteOptions& options) {
  auto state = std::make_shared<State>();
  state->engine = open_sqlite_engine(path, options);
  return Connection(std::move(state));
}

Connection::Connection(std::shared_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Engine Connection::engine() const {
  return state_->engine->engine();
}

Statement Connection::prepare(std::string_view text) {
  std::string key(text);
  const auto found = state_->idle.find(text);
  if (found != state_->idle.end() && !found->second.empty()) {
    auto statement = std::move(found->second.back());
    found->second.pop_back();
    --state_->idle_count;
    return Statement(
        std::make_unique<PreparedStatement>(state_, std::move(key), std::move(statement)));
  }
  auto statement = state_->engine->prepare(key);
  return Statement(
      std::make_unique<PreparedStatement>(state_, std::move(key), std::move(statement)));
}

void Connection::execute_script(std::string_view script) {
  state_->engine->execute_script(std::string(script));
}

bool Connection::in_transaction() const {
  return state_->engine->in_transaction();
}

int Connection::schema_version() {
  return state_->engine->schema_version();
}

void Connection::set_schema_version(int version) {
  state_->engine->set_schema_version(version);
}

Transaction::Transaction(Connection& connection, TransactionMode mode) : connection_(connection) {
  connection_.state_->engine->begin(mode);
}

Transaction::~Transaction() {
  // After some errors (disk full, I/O) SQLite has rolled back by itself.
  if (!open_ || !connection_.in_transaction()) return;
  try {
    connection_.state_->engine->rollback();
  } catch (const Error&) {
    // The error that brought us here is on its way; closing the connection rolls back too.
  }
}

void Transaction::commit() {
  connection_.state_->engine->commit();
  open_ = false;
}

}  // namespace estiba::sql
