#include "sql/change_watch.h"

#include <sqlite3.h>

#include <atomic>

#include "sql/connection.h"
#include "sql/sqlite_error.h"

namespace estiba::sql {
namespace {

// Of one region of the index, as SQLite itself maps it.
constexpr int kIndexRegionBytes = 32 * 1024;
// Of the header, where it says that it is initialised.
constexpr std::size_t kInitialisedAt = 12;

}  // namespace

struct ChangeWatch::State {
  sqlite3* database = nullptr;
  const volatile std::byte* header = nullptr;  // mapped as long as the database is open
  ~State() { sqlite3_close(database); }

  [[nodiscard]] ChangeStamp read(std::size_t offset) const {
    ChangeStamp stamp;
    for (std::size_t i = 0; i < stamp.size(); ++i) stamp[i] = header[offset + i];
    return stamp;
  }
};

ChangeWatch::ChangeWatch(const std::string& path) : state_(std::make_unique<State>()) {
  const std::string doing = "watch the database " + path;
  int code = sqlite3_open_v2(path.c_str(), &state_->database,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  sqlite3* database = state_->database;
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(database, static_cast<int>(SqliteOptions{}.busy_timeout.count()));
    // Its first read opens the log and its index.
    code = sqlite3_exec(database, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  }
  if (code != SQLITE_OK) throw_sqlite(database, code, doing);
  // Through SQLite's own file: another descriptor, once closed, would end this process's locks.
  sqlite3_file* file = nullptr;
  code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  volatile void* region = nullptr;
  if (code == SQLITE_OK) code = file->pMethods->xShmMap(file, 0, kIndexRegionBytes, 0, &region);
  if (code != SQLITE_OK) throw_sqlite(database, code, doing);
  state_->header = static_cast<const volatile std::byte*>(region);
}

ChangeWatch::~ChangeWatch() = default;

// A writer writes the second copy first; equal copies are whole.
std::optional<ChangeStamp> ChangeWatch::stamp() const {
  if (state_->header == nullptr) return std::nullopt;
  const ChangeStamp first = state_->read(0);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const ChangeStamp second = state_->read(first.size());
  if (first != second || first[kInitialisedAt] == std::byte{0}) return std::nullopt;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return first;
}

}  // namespace estiba::sql
