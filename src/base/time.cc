#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace estiba {
namespace {

using std::chrono::seconds;

// Reads a time from the left, piece by piece.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char digit : rest_.substr(0, count)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  bool accept(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  // Any number of digits after a point, as nanoseconds; what is finer is dropped.
  std::optional<int> fraction() {
    int value = 0;
    int weight = 100'000'000;
    std::size_t count = 0;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      value += weight * (rest_[count++] - '0');
      weight /= 10;
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    return value;
  }

  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = '\0';
};

std::optional<seconds> scan_date_and_time(Scanner& scanner) {
  const auto year = scanner.digits(4);
  if (!year || !scanner.accept("-")) return std::nullopt;
  const auto month = scanner.digits(2);
  if (!month || !scanner.accept("-")) return std::nullopt;
  const auto day = scanner.digits(2);
  if (!day || !scanner.accept("Tt ")) return std::nullopt;
  const auto hour = scanner.digits(2);
  if (!hour || !scanner.accept(":")) return std::nullopt;
  const auto minute = scanner.digits(2);
  if (!minute || !scanner.accept(":")) return std::nullopt;
  const auto second = scanner.digits(2);
  // 60 is a leap second; it is taken as the first second of the next minute.
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + seconds(*second);
}

// "Z" or "+02:00", as what has to be subtracted to get UTC.
std::optional<seconds> scan_offset(Scanner& scanner) {
  if (scanner.accept("Zz")) return seconds(0);
  if (!scanner.accept("+-")) return std::nullopt;
  const int sign = scanner.last() == '-' ? -1 : 1;
  const auto hour = scanner.digits(2);
  if (!hour || !scanner.accept(":")) return std::nullopt;
  const auto minute = scanner.digits(2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  return sign * (std::chrono::hours(*hour) + std::chrono::minutes(*minute));
}

std::optional<Timestamp> scan_timestamp(std::string_view text) {
  Scanner scanner(text);
  const auto local = scan_date_and_time(scanner);
  if (!local) return std::nullopt;
  std::optional<int> nanoseconds = 0;
  if (scanner.accept(".")) nanoseconds = scanner.fraction();
  if (!nanoseconds) return std::nullopt;
  const auto offset = scan_offset(scanner);
  if (!offset || !scanner.at_end()) return std::nullopt;

  const Timestamp start = from_unix_seconds((*local - *offset).count());
  if (start == Timestamp::min() || start == Timestamp::max()) return start;
  return start + std::chrono::nanoseconds(*nanoseconds);
}

std::string count_of(std::int64_t count, std::string_view unit) {
  return fmt::format("{} {} ago", count, unit);
}

}  // namespace

Timestamp now() {
  return std::chrono::system_clock::now();
}

std::string format_rfc3339(Timestamp time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const auto days = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(whole - days);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  // At the very start of the range the whole second lies before what the type can hold.
  const auto nanoseconds = whole.time_since_epoch() > seconds(unix_seconds(Timestamp::min()))
                               ? (time - whole).count()
                               : 0;
  if (nanoseconds != 0) {
    text += fmt::format(".{:09}", nanoseconds);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

Timestamp parse_rfc3339(std::string_view text) {
  const auto time = scan_timestamp(text);
  if (!time) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not a time", text.substr(0, 64)),
                "write it as RFC 3339 does, e.g. 2026-11-01T12:00:00Z");
  }
  return *time;
}

std::int64_t unix_seconds(Timestamp time) {
  return std::chrono::floor<seconds>(time.time_since_epoch()).count();
}

Timestamp from_unix_seconds(std::int64_t count) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  if (count <= Timestamp::min().time_since_epoch().count() / kNanosecondsPerSecond) {
    return Timestamp::min();
  }
  if (count >= Timestamp::max().time_since_epoch().count() / kNanosecondsPerSecond) {
    return Timestamp::max();
  }
  return Timestamp(seconds(count));
}

std::string format_ago(Timestamp time, Timestamp reference) {
  const std::int64_t elapsed =
      std::max<std::int64_t>(unix_seconds(reference) - unix_seconds(time), 0);
  if (elapsed < 1) return "Less than a second ago";
  if (elapsed == 1) return "1 second ago";
  if (elapsed < 60) return count_of(elapsed, "seconds");
  const std::int64_t minutes = elapsed / 60;
  if (minutes == 1) return "About a minute ago";
  if (minutes < 60) return count_of(minutes, "minutes");
  const std::int64_t hours = (elapsed + 1800) / 3600;  // to the nearest
  if (hours == 1) return "About an hour ago";
  if (hours < 48) return count_of(hours, "hours");
  if (hours < 24 * 7 * 2) return count_of(hours / 24, "days");
  if (hours < 24 * 30 * 2) return count_of(hours / 24 / 7, "weeks");
  if (hours < 24 * 365 * 2) return count_of(hours / 24 / 30, "months");
  return count_of(elapsed / 3600 / 24 / 365, "years");
}

}  // namespace estiba
