// Diagnostics for the operator of a long-running process; commands talk to people through cli/.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace estiba {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

enum class LogForm {
  kText,
  kJson,  // one object a line: time, level, message, and what else is known
};

// A JSON text with its quotes, for any bytes: those that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_quote(std::string_view text);

// Thread-safe: a line is written with one write(2). Handed to what needs it, never global.
class Logger {
 public:
  // Lines below `minimum` are dropped. `write_line` defaults to standard error.
  explicit Logger(LogLevel minimum = LogLevel::kInfo,
                  std::function<void(std::string_view)> write_line = {},
                  LogForm form = LogForm::kText);
  void log(LogLevel level, std::string_view message) const;
  // `members` are more of the JSON object ("a":1,"b":2), left out of text.
  void log(LogLevel level, std::string_view message, std::string_view members) const;
  [[nodiscard]] LogForm form() const { return form_; }
  void info(std::string_view message) const { log(LogLevel::kInfo, message); }
  void warning(std::string_view message) const { log(LogLevel::kWarning, message); }
  void error(std::string_view message) const { log(LogLevel::kError, message); }

 private:
  LogLevel minimum_;
  std::function<void(std::string_view)> write_line_;
  LogForm form_;
};

}  // namespace estiba
