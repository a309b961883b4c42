// Diagnostics for the operator of a long-running process; commands talk to people through cli/.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace estiba {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Thread-safe: a line is written with one write(2). Handed to what needs it, never global.
class Logger {
 public:
  // Lines below `minimum` are dropped. `write_line` defaults to standard error.
  explicit Logger(LogLevel minimum = LogLevel::kInfo,
                  std::function<void(std::string_view)> write_line = {});
  void log(LogLevel level, std::string_view message) const;
  void info(std::string_view message) const { log(LogLevel::kInfo, message); }
  void warning(std::string_view message) const { log(LogLevel::kWarning, message); }
  void error(std::string_view message) const { log(LogLevel::kError, message); }

 private:
  LogLevel minimum_;
  std::function<void(std::string_view)> write_line_;
};

}  // namespace estiba
