#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

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

// Of the character at the front; 0 when the bytes are not UTF-8 (RFC 3629).
std::size_t utf8_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return overlong || outside ? 0 : size;
}

void write_to_standard_error(std::string_view line) {
  // A log that cannot be written has nowhere to complain.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

std::string json_quote(std::string_view text) {
  std::string quoted = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto value = static_cast<unsigned char>(text[i]);
    const std::size_t size = utf8_size(text.substr(i));
    if (size == 0) {
      quoted += "\\ufffd";
    } else if (value == '"' || value == '\\') {
      quoted += fmt::format("\\{}", text[i]);
    } else if (value < 0x20 || value == 0x7f) {
      quoted += fmt::format("\\u{:04x}", value);
    } else {
      quoted += text.substr(i, size);
    }
    i += std::max<std::size_t>(size, 1);
  }
  return quoted + "\"";
}

Logger::Logger(LogLevel minimum, std::function<void(std::string_view)> write_line, LogForm form)
    : minimum_(minimum), write_line_(std::move(write_line)), form_(form) {
  if (!write_line_) write_line_ = write_to_standard_error;
}

void Logger::log(LogLevel level, std::string_view message) const {
  log(level, message, {});
}

void Logger::log(LogLevel level, std::string_view message, std::string_view members) const {
  if (level < minimum_) return;
  if (form_ == LogForm::kJson) {
    write_line_(fmt::format(R"({{"time":"{}","level":"{}","message":{}{}{}}})"
                            "\n",
                            format_rfc3339(now()), name_of(level), json_quote(message),
                            members.empty() ? "" : ",", members));
    return;
  }
  write_line_(
      fmt::format("{} {:<7} {}\n", format_rfc3339(now()), name_of(level), printable(message)));
}

}  // namespace estiba
