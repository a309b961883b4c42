// PostgreSQL behind Connection. Writers take turns by an advisory lock that lasts as long as their
// transaction, so that what is written for SQLite's one writer (look, then change) is right here
// too, between processes and machines. A connection that broke is made anew by the next use outside
// of a transaction.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "sql/engine.h"

namespace estiba::sql {
namespace {

// Any number that others do not use: the bytes of "estiba".
constexpr const char* kTakeTurn = "SELECT pg_advisory_xact_lock(111447281557089)";

// Types of pg_type.dat, which do not change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionHandle = std::unique_ptr<PGconn, CloseConnection>;
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

ErrorCode code_of_state(std::string_view state) {
  if (state == "23505") return ErrorCode::kAlreadyExists;
  if (state == "42501" || state == "25006") return ErrorCode::kPermissionDenied;
  if (state == "55P03" || state == "57014") return ErrorCode::kUnavailable;  // waited too long
  const std::string_view kind = state.substr(0, 2);
  if (kind == "23") return ErrorCode::kConflict;
  if (kind == "53" || kind == "54") return ErrorCode::kResourceExhausted;
  if (kind == "08" || kind == "40" || kind == "57") return ErrorCode::kUnavailable;
  if (kind == "28") return ErrorCode::kPermissionDenied;
  if (kind == "58") return ErrorCode::kIo;
  if (kind == "XX") return ErrorCode::kDataLoss;
  return ErrorCode::kInternal;
}

[[noreturn]] void throw_postgresql(PGconn* connection, const PGresult* result,
                                   std::string_view doing) {
  const char* state = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const char* words = result != nullptr ? PQresultErrorMessage(result) : PQerrorMessage(connection);
  const bool broken = PQstatus(connection) == CONNECTION_BAD;
  const ErrorCode code =
      broken || state == nullptr ? ErrorCode::kUnavailable : code_of_state(state);
  throw Error(code, fmt::format("cannot {}: {}", doing, trim(words)),
              broken ? "is PostgreSQL running and reachable?" : "");
}

class PostgresqlConnection;

class PostgresqlStatement final : public EngineStatement {
 public:
  PostgresqlStatement(PostgresqlConnection& connection, std::string text);
  ~PostgresqlStatement() override;

  [[nodiscard]] std::size_t parameter_count() const override { return values_.size(); }
  void reset() override {
    values_.assign(values_.size(), std::nullopt);
    result_.reset();
    row_ = -1;
  }
  void bind(int index, const Value& value) override;
  [[nodiscard]] bool step() override;
  std::int64_t run() override;
  [[nodiscard]] int column_count() const override { return columns_; }
  [[nodiscard]] Value column(int column) const override;

 private:
  void prepare();
  void execute();

  PostgresqlConnection& connection_;
  const std::string text_;
  std::string name_;
  int generation_ = 0;
  int columns_ = 0;
  std::vector<std::optional<std::string>> values_;
  std::vector<int> formats_;
  ResultHandle result_;
  int row_ = -1;
  mutable std::vector<std::string> decoded_;  // of the current row's bytea columns
};

class PostgresqlConnection final : public EngineConnection {
 public:
  PostgresqlConnection(ConnectionHandle handle, const SqliteOptions& options)
      : handle_(std::move(handle)), options_(options) {
    configure();
  }

  [[nodiscard]] Engine engine() const override { return Engine::kPostgresql; }
  [[nodiscard]] std::unique_ptr<EngineStatement> prepare(const std::string& text) override {
    return std::make_unique<PostgresqlStatement>(*this, text);
  }
  void execute_script(const std::string& script) override { (void)execute(script, "run a script"); }
  [[nodiscard]] bool in_transaction() const override {
    const PGTransactionStatusType status = PQtransactionStatus(handle_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
  }

  void begin(TransactionMode mode) override {
    if (in_transaction()) throw Error(ErrorCode::kInternal, "transactions do not nest");
    revive();
    if (mode == TransactionMode::kDeferred) {
      (void)execute("BEGIN ISOLATION LEVEL REPEATABLE READ", "begin a transaction");
      return;
    }
    (void)execute("BEGIN", "begin a transaction");
    try {
      (void)execute(kTakeTurn, "wait for the other writers");
    } catch (const Error&) {
      rollback();
      throw;
    }
  }

  void commit() override {
    const ResultHandle result = execute("COMMIT", "commit");
    // What failed half way is rolled back by COMMIT without an error.
    if (std::string_view(PQcmdStatus(result.get())) == "COMMIT") return;
    throw Error(ErrorCode::kInternal, "a transaction was committed after a statement in it failed");
  }
  void rollback() override { (void)execute("ROLLBACK", "roll back"); }

  [[nodiscard]] int schema_version() override {
    if (!has_version_table()) return 0;
    const ResultHandle result =
        execute("SELECT version FROM schema_version", "read the schema's version");
    return PQntuples(result.get()) == 0 ? 0 : std::atoi(PQgetvalue(result.get(), 0, 0));
  }
  void set_schema_version(int version) override {
    execute_script(
        fmt::format("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL);"
                    "DELETE FROM schema_version;"
                    "INSERT INTO schema_version VALUES ({})",
                    version));
  }

  // A new connection for a broken one; what was prepared on the old one is prepared again.
  void revive() {
    if (PQstatus(handle_.get()) == CONNECTION_OK) return;
    PQreset(handle_.get());
    if (PQstatus(handle_.get()) != CONNECTION_OK) {
      throw_postgresql(handle_.get(), nullptr, "reach the database");
    }
    ++generation_;
    configure();
  }

  [[nodiscard]] PGconn* handle() const { return handle_.get(); }
  [[nodiscard]] int generation() const { return generation_; }
  [[nodiscard]] bool read_only() const { return options_.read_only; }
  [[nodiscard]] std::string new_name() { return fmt::format("s{}", ++names_); }

  ResultHandle execute(const std::string& script, std::string_view doing) {
    ResultHandle result(PQexec(handle_.get(), script.c_str()));
    check(result.get(), doing);
    return result;
  }
  void check(const PGresult* result, std::string_view doing) const {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    throw_postgresql(handle_.get(), result, doing);
  }

 private:
  void configure() {
    PQsetNoticeProcessor(
        handle_.get(), [](void*, const char*) {}, nullptr);
    execute_script(fmt::format(
        "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;"
        "SET bytea_output = 'hex'; SET lock_timeout = {};"
        "SET synchronous_commit = {}; SET default_transaction_read_only = {}",
        options_.busy_timeout.count(), options_.durability == Durability::kFull ? "on" : "off",
        options_.read_only ? "on" : "off"));
  }
  [[nodiscard]] bool has_version_table() {
    const ResultHandle result =
        execute("SELECT to_regclass('schema_version') IS NOT NULL", "look for the schema");
    return std::string_view(PQgetvalue(result.get(), 0, 0)) == "t";
  }

  ConnectionHandle handle_;
  const SqliteOptions options_;
  int generation_ = 1;
  std::uint64_t names_ = 0;
};

PostgresqlStatement::PostgresqlStatement(PostgresqlConnection& connection, std::string text)
    : connection_(connection), text_(std::move(text)) {
  if (!connection_.in_transaction()) connection_.revive();
  prepare();
}

PostgresqlStatement::~PostgresqlStatement() {
  // In a failed transaction nothing can be said; the session's end forgets it too.
  if (generation_ != connection_.generation()) return;
  ResultHandle(PQexec(connection_.handle(), ("DEALLOCATE " + name_).c_str()));
}

void PostgresqlStatement::prepare() {
  name_ = connection_.new_name();
  const std::string doing = "prepare \"" + text_ + "\"";
  const ResultHandle prepared(
      PQprepare(connection_.handle(), name_.c_str(), text_.c_str(), 0, nullptr));
  connection_.check(prepared.get(), doing);
  const ResultHandle described(PQdescribePrepared(connection_.handle(), name_.c_str()));
  connection_.check(described.get(), doing);
  generation_ = connection_.generation();
  columns_ = PQnfields(described.get());
  values_.resize(static_cast<std::size_t>(PQnparams(described.get())));
  formats_.assign(values_.size(), 0);
}

void PostgresqlStatement::bind(int index, const Value& value) {
  const auto at = static_cast<std::size_t>(index) - 1;
  formats_[at] = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    values_[at] = std::to_string(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    values_[at] = fmt::format("{}", *real);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (text->find('\0') != std::string_view::npos) {
      throw Error(ErrorCode::kInvalidArgument, "a text holds a zero byte");
    }
    values_[at] = std::string(*text);
  } else if (const auto* blob = std::get_if<Blob>(&value)) {
    values_[at] = std::string(blob->bytes);
    formats_[at] = 1;
  } else {
    values_[at] = std::nullopt;
  }
}

void PostgresqlStatement::execute() {
  const bool alone = !connection_.in_transaction();
  if (alone) connection_.revive();
  if (generation_ != connection_.generation()) {
    auto values = std::move(values_);
    auto formats = std::move(formats_);
    prepare();
    values_ = std::move(values);
    formats_ = std::move(formats);
  }
  // A change outside of a transaction takes its turn like any other.
  const bool takes_turn = alone && !connection_.read_only() && !text_.starts_with("SELECT");
  if (takes_turn) connection_.begin(TransactionMode::kImmediate);
  try {
    std::vector<const char*> pointers;
    std::vector<int> lengths;
    for (const auto& value : values_) {
      pointers.push_back(value ? value->c_str() : nullptr);
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
    }
    result_.reset(PQexecPrepared(connection_.handle(), name_.c_str(),
                                 static_cast<int>(values_.size()), pointers.data(), lengths.data(),
                                 formats_.data(), 0));
    connection_.check(result_.get(), "run \"" + text_ + "\"");
    if (takes_turn) connection_.commit();
  } catch (const Error&) {
    result_.reset();
    if (takes_turn && connection_.in_transaction()) connection_.rollback();
    throw;
  }
  row_ = -1;
}

bool PostgresqlStatement::step() {
  if (!result_) execute();
  ++row_;
  decoded_.assign(static_cast<std::size_t>(columns_), {});
  if (row_ < PQntuples(result_.get())) return true;
  result_.reset();
  return false;
}

std::int64_t PostgresqlStatement::run() {
  if (!result_) execute();
  std::int64_t changed = 0;
  const std::string_view command = PQcmdStatus(result_.get());
  if (!command.starts_with("SELECT")) {
    const std::string_view count = PQcmdTuples(result_.get());
    std::from_chars(count.data(), count.data() + count.size(), changed);
  }
  result_.reset();
  return changed;
}

Value PostgresqlStatement::column(int column) const {
  const PGresult* result = result_.get();
  if (PQgetisnull(result, row_, column) != 0) return std::monostate();
  const std::string_view text(PQgetvalue(result, row_, column),
                              static_cast<std::size_t>(PQgetlength(result, row_, column)));
  switch (PQftype(result, column)) {
    case kBool:
      return std::int64_t{text == "t" ? 1 : 0};
    case kInt2:
    case kInt4:
    case kInt8: {
      std::int64_t number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    case kFloat4:
    case kFloat8:
      return std::strtod(text.data(), nullptr);
    case kBytea: {
      std::size_t size = 0;
      unsigned char* bytes =
          PQunescapeBytea(reinterpret_cast<const unsigned char*>(text.data()), &size);
      std::string& kept = decoded_[static_cast<std::size_t>(column)];
      kept.assign(reinterpret_cast<const char*>(bytes), size);
      PQfreemem(bytes);
      return Blob{kept};
    }
    default:
      return text;
  }
}

}  // namespace

std::unique_ptr<EngineConnection> open_postgresql_engine(const std::string& url,
                                                         const SqliteOptions& options) {
  ConnectionHandle handle(PQconnectdb(url.c_str()));
  if (PQstatus(handle.get()) != CONNECTION_OK) {
    throw Error(ErrorCode::kUnavailable,
                fmt::format("cannot open the database: {}", trim(PQerrorMessage(handle.get()))),
                "is PostgreSQL running and reachable?");
  }
  return std::make_unique<PostgresqlConnection>(std::move(handle), options);
}

}  // namespace estiba::sql
