#include "cli/transfer_display.h"

#include <algorithm>

#include "base/fd.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

using client::TransferState;

// States that only say how far it is: in a pipe they would be noise.
bool is_moving(TransferState state) {
  return state == TransferState::kDownloading || state == TransferState::kPushing;
}

}  // namespace

TransferDisplay::TransferDisplay(int fd, bool quiet) : fd_(fd), quiet_(quiet) {
  if (!quiet && is_terminal(fd)) live_.emplace(fd);
}

std::string TransferDisplay::text_of(const Line& line, const client::TransferUpdate& update) const {
  std::string text = describe(update);
  const bool measured = is_moving(update.state) || update.state == TransferState::kPreparing;
  if (live_ && measured && update.current_bytes > 0) {
    text += " " + progress_bar(update.current_bytes, update.total_bytes,
                               std::chrono::steady_clock::now() - line.state_start);
  }
  return text;
}

void TransferDisplay::update(const client::TransferUpdate& update) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  auto line = std::find_if(lines_.begin(), lines_.end(),
                           [&](const Line& known) { return known.id == update.id; });
  const bool is_new = line == lines_.end();
  if (is_new) line = lines_.insert(lines_.end(), Line{update.id, update.state, "", {}});
  const bool changed = is_new || line->state != update.state;
  if (changed) {
    line->state = update.state;
    line->state_start = std::chrono::steady_clock::now();
  }
  line->text = text_of(*line, update);
  if (live_) {
    redraw(changed);
  } else if (changed && !is_moving(update.state)) {
    write_all(fd_, update.id + ": " + line->text + "\n", "standard output");
  }
}

void TransferDisplay::redraw(bool now) {
  std::vector<std::string> lines;
  for (const Line& line : lines_) lines.push_back(line.id + ": " + line.text);
  live_->set(std::move(lines), now);
}

void TransferDisplay::finish() {
  const std::lock_guard lock(mutex_);
  if (live_) live_->keep();
}

}  // namespace estiba::cli
