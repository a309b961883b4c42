#include "cli/build_display_tty.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>

#include "cli/output.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kShownLines = 6;       // of all running steps together
constexpr std::size_t kKeptLines = 200;      // printed when it fails
constexpr std::size_t kMaxLineBytes = 4096;  // a program may never end a line

std::string number_of(const build::Step& step) {
  const std::string build = step.build.empty() ? "" : step.build + " ";
  return fmt::format("[{}{}/{}]", build, step.number, step.total);
}

std::pair<std::string, std::size_t> running_id(const build::Step& step) {
  return {step.build, step.number};
}

}  // namespace

TtyBuildDisplay::TtyBuildDisplay() : live_(STDOUT_FILENO) {
  ticker_ = std::jthread([this](std::stop_token stop) {
    std::mutex sleep_mutex;
    std::condition_variable_any wake;
    std::unique_lock sleep_lock(sleep_mutex);
    while (!wake.wait_for(sleep_lock, stop, std::chrono::milliseconds(100), [] { return false; })) {
      if (stop.stop_requested()) return;
      const std::lock_guard lock(mutex_);
      if (!running_.empty()) redraw(false);
    }
  });
}

TtyBuildDisplay::~TtyBuildDisplay() = default;

std::string TtyBuildDisplay::headline(const Running& running) {
  const auto elapsed = std::chrono::steady_clock::now() - running.start;
  return fmt::format("=> {} {}  {} {}", number_of(running.step), running.step.text,
                     format_elapsed(elapsed), running.progress);
}

void TtyBuildDisplay::redraw(bool now) {
  std::vector<std::string> lines;
  const std::size_t share =
      std::max<std::size_t>(1, kShownLines / std::max<std::size_t>(1, running_.size()));
  for (const auto& [number, running] : running_) {
    lines.push_back(headline(running));
    const std::deque<std::string>& output = running.output;
    for (std::size_t i = output.size() > share ? output.size() - share : 0; i < output.size();
         ++i) {
      if (!output[i].empty()) lines.push_back("   | " + output[i]);
    }
  }
  live_.set(std::move(lines), now);
}

void TtyBuildDisplay::step_started(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  running_[running_id(step)] = {.step = step, .start = std::chrono::steady_clock::now()};
  redraw(true);
}

void TtyBuildDisplay::step_running_in(const build::Step&, std::string_view) {}

void TtyBuildDisplay::append_output(Running& running, std::string_view text) {
  std::deque<std::string>& output = running.output;
  for (const char c : text) {
    if (output.empty()) output.emplace_back();
    if (c == '\n') {
      output.emplace_back();
      if (output.size() > kKeptLines) output.pop_front();
    } else if (c == '\r') {
      output.back().clear();
    } else if (output.back().size() < kMaxLineBytes) {
      output.back() += c;
    }
  }
}

void TtyBuildDisplay::step_output(const build::Step& step, build::OutputStream,
                                  std::string_view text) {
  const std::lock_guard lock(mutex_);
  const auto running = running_.find(running_id(step));
  if (running == running_.end()) return;  // a shell has the terminal
  append_output(running->second, text);
  redraw(false);
}

void TtyBuildDisplay::step_container_removed(const build::Step&, std::string_view) {}

void TtyBuildDisplay::step_progress(const build::Step& step, std::uint64_t done_bytes,
                                    std::uint64_t total_bytes) {
  const std::lock_guard lock(mutex_);
  const auto running = running_.find(running_id(step));
  if (running == running_.end()) return;
  running->second.progress = progress_bar(done_bytes, total_bytes,
                                          std::chrono::steady_clock::now() - running->second.start);
  redraw(false);
}

void TtyBuildDisplay::step_explained(const build::Step& step,
                                     const std::vector<std::string>& reasons) {
  const std::lock_guard lock(mutex_);
  for (const std::string& reason : reasons) {
    live_.print_above(fmt::format(" {} {}", number_of(step), reason));
  }
}

void TtyBuildDisplay::step_finished(const build::Step& step, const std::optional<Digest>& image_id,
                                    bool cached, std::chrono::nanoseconds elapsed) {
  const std::lock_guard lock(mutex_);
  running_.erase(running_id(step));
  live_.clear();
  live_.print_above(fmt::format(" {} {}  {} ---> {}", number_of(step), step.text,
                                cached ? "CACHED" : format_elapsed(elapsed),
                                image_id ? image_id->short_hex() : ""));
  redraw(false);
}

void TtyBuildDisplay::step_opens_shell(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  live_.clear();
  live_.print_above(fmt::format(" {} {}  ERROR", number_of(step), step.text));
  for (const std::string& line : running_[running_id(step)].output) {
    if (!line.empty()) live_.print_above("   | " + line);
  }
  live_.print_above("A shell in its file system; exit ends the build.");
  running_.clear();
}

void TtyBuildDisplay::step_failed(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  const auto running = running_.find(running_id(step));
  if (running == running_.end()) return;  // told before its shell opened
  live_.clear();
  live_.print_above(fmt::format(" {} {}  ERROR", number_of(step), step.text));
  for (const std::string& line : running->second.output) {
    if (!line.empty()) live_.print_above("   | " + line);
  }
  running_.erase(running);
}

void TtyBuildDisplay::warning(std::string_view text) {
  const std::lock_guard lock(mutex_);
  live_.print_above("WARNING: " + std::string(text));
}

client::TransferProgress& TtyBuildDisplay::pulling(const Reference& reference) {
  const std::lock_guard lock(mutex_);
  live_.print_above("Pulling " + reference.familiar());
  return transfer_.emplace(STDOUT_FILENO);
}

void TtyBuildDisplay::pulled(const Reference&, const Digest& manifest) {
  transfer_->finish();
  const std::lock_guard lock(mutex_);
  live_.print_above("Digest: " + manifest.to_string());
}

void TtyBuildDisplay::finish(bool) {
  const std::lock_guard lock(mutex_);
  running_.clear();
  live_.clear();
}

}  // namespace estiba::cli
