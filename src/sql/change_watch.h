// Whether anything was committed to a SQLite database since one looked, without asking SQLite: a
// glance at memory instead of four system calls and two statements.
//
// Commits become visible by the header of the index of the write-ahead log, which all processes map
// ("The WAL-index file format" of SQLite's documentation: a counter of changes, the log's length,
// its salts and checksums, written twice). Equal headers mean the same content.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace estiba::sql {

using ChangeStamp = std::array<std::byte, 48>;

// Thread-safe.
class ChangeWatch {
 public:
  // A database in WAL mode, which exists. Keeps a connection of its own.
  explicit ChangeWatch(const std::string& path);
  ~ChangeWatch();
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;

  // What is read from the database after this call is at least as new as the stamp. Nothing while
  // somebody is just committing.
  [[nodiscard]] std::optional<ChangeStamp> stamp() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace estiba::sql
