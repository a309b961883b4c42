#include "cli/live_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fd.h"
#include "base/size.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

constexpr std::chrono::milliseconds kMinimumInterval(80);
constexpr std::size_t kBarWidth = 30;
constexpr std::string_view kEraseLine = "\x1b[2K";

// Cuts at `width` columns; control characters would break the block apart.
std::string fit(const std::string& line, std::size_t width) {
  std::string out;
  std::size_t columns = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool starts_character = (byte & 0xC0) != 0x80;
    if (starts_character && ++columns > width) break;
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string LiveLines::erase() const {
  std::string out;
  for (std::size_t i = 0; i < drawn_; ++i) {
    out += "\x1b[1A";
    out += kEraseLine;
  }
  return out;
}

void LiveLines::draw() {
  const std::size_t width = terminal_width(fd_) - 1;
  std::string out = erase();
  for (const std::string& line : lines_) out += fit(line, width) + "\n";
  drawn_ = lines_.size();
  last_draw_ = std::chrono::steady_clock::now();
  write_all(fd_, out, "the terminal");
}

void LiveLines::set(std::vector<std::string> lines, bool now) {
  lines_ = std::move(lines);
  if (now || std::chrono::steady_clock::now() - last_draw_ >= kMinimumInterval) draw();
}

void LiveLines::print_above(std::string_view text) {
  write_all(fd_, erase() + std::string(text) + "\n", "the terminal");
  drawn_ = 0;
  draw();
}

void LiveLines::keep() {
  draw();
  lines_.clear();
  drawn_ = 0;
}

void LiveLines::clear() {
  if (drawn_ > 0) write_all(fd_, erase(), "the terminal");
  lines_.clear();
  drawn_ = 0;
}

std::string progress_bar(std::uint64_t done_bytes, std::uint64_t total_bytes,
                         std::chrono::steady_clock::duration elapsed) {
  const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 0.001);
  const double rate = static_cast<double>(done_bytes) / seconds;
  const std::string speed = format_size(static_cast<std::uint64_t>(rate)) + "/s";
  if (total_bytes == 0) return fmt::format("{}  {}", format_size(done_bytes), speed);
  const double part =
      std::min(1.0, static_cast<double>(done_bytes) / static_cast<double>(total_bytes));
  const auto filled = static_cast<std::size_t>(part * kBarWidth);
  std::string bar(filled, '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  const double left =
      rate > 0 ? static_cast<double>(total_bytes - std::min(done_bytes, total_bytes)) / rate : 0;
  return fmt::format("[{}] {}/{}  {}  {:.0f}s", bar, format_size(done_bytes),
                     format_size(total_bytes), speed, left);
}

std::string format_elapsed(std::chrono::nanoseconds elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (seconds < 60) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<long>(seconds);
  return fmt::format("{}m{:02}s", whole / 60, whole % 60);
}

}  // namespace estiba::cli
