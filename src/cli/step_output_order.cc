#include "cli/step_output_order.h"

#include <algorithm>

namespace estiba::cli {
namespace {

// What a step may say while another one has the word.
constexpr std::size_t kMaxHeldBytes = std::size_t{2} << 20;

}  // namespace

std::list<StepOutputOrder::Running>::iterator StepOutputOrder::find(const StepId& step) {
  return std::ranges::find(running_, step, &Running::step);
}

void StepOutputOrder::begin(const StepId& step) {
  running_.push_back({.step = step});
}

void StepOutputOrder::write(const StepId& step, build::OutputStream stream, std::string_view text) {
  const auto running = find(step);
  if (running == running_.end()) return;  // finish() was its last word
  if (running == running_.begin()) return print_(stream, text);
  running->held.push_back({stream, std::string(text)});
  running->held_bytes += text.size();
  while (running->held_bytes > kMaxHeldBytes && running->held.size() > 1) {
    running->held_bytes -= running->held.front().text.size();
    running->held.pop_front();
    running->clipped = true;
  }
}

void StepOutputOrder::end(const StepId& step) {
  const auto running = find(step);
  if (running == running_.end()) return;
  running->ended = true;
  pass_on_the_word();
}

void StepOutputOrder::end_last(const StepId& step) {
  const auto running = find(step);
  // Who has the word keeps it: nobody comes after a failure.
  if (running != running_.begin() && running != running_.end())
    running_.splice(running_.end(), running_, running);
}

void StepOutputOrder::finish() {
  for (Running& running : running_) print_held(running);
  running_.clear();
}

void StepOutputOrder::print_held(Running& running) {
  if (running.clipped) print_(build::OutputStream::kStderr, "[earlier output left out]\n");
  for (const Piece& piece : running.held) print_(piece.stream, piece.text);
  running.held.clear();
  running.held_bytes = 0;
  running.clipped = false;
}

void StepOutputOrder::pass_on_the_word() {
  while (!running_.empty() && running_.front().ended) {
    running_.pop_front();
    if (!running_.empty()) print_held(running_.front());
  }
}

}  // namespace estiba::cli
