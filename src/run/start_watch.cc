#include "run/start_watch.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace estiba::run {
namespace {

pid_t first_child(pid_t parent) {
  pid_t child = 0;
  try {
    const std::string children =
        read_file(fmt::format("/proc/{}/task/{}/children", parent, parent), 1u << 16);
    std::from_chars(children.data(), children.data() + children.size(), child);
  } catch (const Error&) {
    return 0;  // it has ended already
  }
  return child;
}

}  // namespace

StartWatch::StartWatch(const std::string& bundle,
                       std::function<void(const StartedProcesses&)> on_start)
    : pid_file_(bundle + "/pid"),
      on_start_(std::move(on_start)),
      changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!changes_ ||
      ::inotify_add_watch(changes_.get(), bundle.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
    throw_errno("watch " + bundle);
  }
}

void StartWatch::watch(std::vector<pollfd>& wanted) {
  wanted.push_back({.fd = changes_.get(), .events = POLLIN, .revents = 0});
}

void StartWatch::step(std::span<const pollfd> ready) {
  if (ready.front().revents == 0) return;
  std::array<std::byte, 4096> events = {};
  while (::read(changes_.get(), events.data(), events.size()) > 0) {
  }
  if (path_exists(pid_file_)) see_start();
}

void StartWatch::see_start() {
  if (!changes_) return;
  changes_.reset();
  const pid_t runtime = runtime_ == nullptr ? 0 : runtime_->pid();
  on_start_({.runtime = runtime, .first = runtime > 0 ? first_child(runtime) : 0});
}

}  // namespace estiba::run
