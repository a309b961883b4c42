#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/time.h"

namespace estiba {
namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "?";
}

// A message may quote a peer's bytes: it must not be able to forge a line or drive the terminal.
std::string printable(std::string_view message) {
  std::string text;
  text.reserve(message.size());
  for (const char character : message) {
    const auto value = static_cast<unsigned char>(character);
    if (value < 0x20 || value == 0x7f) {
      text += fmt::format("\\x{:02x}", value);
    } else {
      text += character;
    }
  }
  return text;
}

void write_to_standard_error(std::string_view line) {
  // A log that cannot be written has nowhere to complain.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Logger::Logger(LogLevel minimum, std::function<void(std::string_view)> write_line)
    : minimum_(minimum), write_line_(std::move(write_line)) {
  if (!write_line_) write_line_ = write_to_standard_error;
}

void Logger::log(LogLevel level, std::string_view message) const {
  if (level < minimum_) return;
  write_line_(
      fmt::format("{} {:<7} {}\n", format_rfc3339(now()), name_of(level), printable(message)));
}

}  // namespace estiba
