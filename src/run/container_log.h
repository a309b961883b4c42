// The output of a container, kept in docker's json-file form: one object a line,
// {"log":"text\n","stream":"stdout","time":"..."}.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/time.h"
#include "run/run_options.h"

namespace estiba::run {

// <container>/container.log is being written; .1 is the one before, and so on. Not thread-safe.
class ContainerLog {
 public:
  ContainerLog(const std::string& container_directory, const LogOptions& options);
  ~ContainerLog();  // keeps the last line even when it has no end

  void write(bool is_error_output, std::string_view bytes);

 private:
  void add(bool is_error_output, std::string_view line, const std::string& time);
  void flush();
  void rotate();

  std::string path_;
  LogOptions options_;
  UniqueFd file_;
  std::uint64_t size_bytes_ = 0;
  std::string ready_;       // lines of one write()
  std::string partial_[2];  // of each stream, what has no end of line yet
};

struct LogEntry {
  std::string text;  // with its end of line, where it had one
  bool is_error_output = false;
  Timestamp time;
};

struct LogQuery {
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::optional<std::size_t> tail;  // the last so many lines
  bool follow = false;
};

// Gives the entries in order. With `follow` it goes on until `is_over()` was true and everything
// written before that is read, or a stop is requested.
void read_log(const std::string& container_directory, const LogQuery& query,
              const std::function<void(const LogEntry&)>& take,
              const std::function<bool()>& is_over, std::stop_token stop);

}  // namespace estiba::run
