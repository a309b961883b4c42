#include "run/signals.h"

#include <sys/signalfd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace estiba::run {
namespace {

constexpr std::array kForwarded = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

constexpr std::pair<std::string_view, int> kNames[] = {
    {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"BUS", SIGBUS},       {"CHLD", SIGCHLD},
    {"CLD", SIGCHLD},  {"CONT", SIGCONT}, {"FPE", SIGFPE},       {"HUP", SIGHUP},
    {"ILL", SIGILL},   {"INT", SIGINT},   {"IO", SIGIO},         {"IOT", SIGIOT},
    {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"POLL", SIGPOLL},     {"PROF", SIGPROF},
    {"PWR", SIGPWR},   {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},     {"STKFLT", SIGSTKFLT},
    {"STOP", SIGSTOP}, {"SYS", SIGSYS},   {"TERM", SIGTERM},     {"TRAP", SIGTRAP},
    {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}};

// The numbers as users see them: the C library keeps the first two real-time signals.
constexpr int kFirstRealTime = 34;
constexpr int kLastSignal = 64;

std::optional<int> parse_integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// "RTMIN", "RTMIN+3", "RTMAX-1"; `text` is in lower case.
std::optional<int> parse_real_time(std::string_view text) {
  const bool from_first = text.starts_with("rtmin");
  if (!from_first && !text.starts_with("rtmax")) return {};
  const int base = from_first ? kFirstRealTime : kLastSignal;
  text.remove_prefix(5);
  if (text.empty()) return base;
  if (text.front() != (from_first ? '+' : '-')) return {};
  const auto offset = parse_integer(text.substr(1));
  if (!offset || *offset < 0 || *offset > kLastSignal - kFirstRealTime) return {};
  return from_first ? base + *offset : base - *offset;
}

}  // namespace

UniqueFd take_forwarded_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kForwarded) ::sigaddset(&set, number);
  if (const int failed = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); failed != 0) {
    throw_errno(failed, "block signals");
  }
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) throw_errno("receive signals");
  return signals;
}

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_integer(text)) {
    if (*number < 1 || *number > kLastSignal) return {};
    return number;
  }
  const std::string lower = to_lower(text);
  std::string_view name = lower;
  if (name.starts_with("sig")) name.remove_prefix(3);
  for (const auto& [known, number] : kNames) {
    if (to_lower(known) == name) return number;
  }
  return parse_real_time(name);
}

}  // namespace estiba::run
