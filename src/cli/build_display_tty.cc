#include "cli/build_display_tty.h"

#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>

#include "cli/output.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kShownLines = 6;       // of a running step
constexpr std::size_t kKeptLines = 200;      // printed when it fails
constexpr std::size_t kMaxLineBytes = 4096;  // a program may never end a line

std::string number_of(const build::Step& step) {
  return fmt::format("[{}/{}]", step.number, step.total);
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
      if (step_.number > 0) redraw(false);
    }
  });
}

TtyBuildDisplay::~TtyBuildDisplay() = default;

std::string TtyBuildDisplay::headline() const {
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  return fmt::format("=> {} {}  {} {}", number_of(step_), step_.text, format_elapsed(elapsed),
                     progress_);
}

void TtyBuildDisplay::redraw(bool now) {
  std::vector<std::string> lines;
  if (step_.number > 0) {
    lines.push_back(headline());
    const std::size_t skipped = output_.size() > kShownLines ? output_.size() - kShownLines : 0;
    for (std::size_t i = skipped; i < output_.size(); ++i) {
      if (!output_[i].empty()) lines.push_back("   | " + output_[i]);
    }
  }
  live_.set(std::move(lines), now);
}

void TtyBuildDisplay::step_started(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  step_ = step;
  start_ = std::chrono::steady_clock::now();
  progress_.clear();
  output_.clear();
  redraw(true);
}

void TtyBuildDisplay::step_running_in(const build::Step&, std::string_view) {}

void TtyBuildDisplay::append_output(std::string_view text) {
  for (const char c : text) {
    if (output_.empty()) output_.emplace_back();
    if (c == '\n') {
      output_.emplace_back();
      if (output_.size() > kKeptLines) output_.pop_front();
    } else if (c == '\r') {
      output_.back().clear();
    } else if (output_.back().size() < kMaxLineBytes) {
      output_.back() += c;
    }
  }
}

void TtyBuildDisplay::step_output(const build::Step&, build::OutputStream, std::string_view text) {
  const std::lock_guard lock(mutex_);
  append_output(text);
  redraw(false);
}

void TtyBuildDisplay::step_container_removed(const build::Step&, std::string_view) {}

void TtyBuildDisplay::step_progress(const build::Step&, std::uint64_t done_bytes,
                                    std::uint64_t total_bytes) {
  const std::lock_guard lock(mutex_);
  progress_ = progress_bar(done_bytes, total_bytes, std::chrono::steady_clock::now() - start_);
  redraw(false);
}

void TtyBuildDisplay::step_finished(const build::Step& step, const std::optional<Digest>& image_id,
                                    bool cached, std::chrono::nanoseconds elapsed) {
  const std::lock_guard lock(mutex_);
  step_.number = 0;
  live_.clear();
  live_.print_above(fmt::format(" {} {}  {} ---> {}", number_of(step), step.text,
                                cached ? "CACHED" : format_elapsed(elapsed),
                                image_id ? image_id->short_hex() : ""));
}

void TtyBuildDisplay::step_failed(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  step_.number = 0;
  live_.clear();
  live_.print_above(fmt::format(" {} {}  ERROR", number_of(step), step.text));
  for (const std::string& line : output_) {
    if (!line.empty()) live_.print_above("   | " + line);
  }
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
  step_.number = 0;
  live_.clear();
}

}  // namespace estiba::cli
