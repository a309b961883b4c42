// A block of lines at the bottom of a terminal that is redrawn in place.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::cli {

// Not thread-safe: its owner locks. Lines are cut at the terminal's width.
class LiveLines {
 public:
  // Writes to `fd`, a terminal.
  explicit LiveLines(int fd) : fd_(fd) {}
  ~LiveLines() { clear(); }

  // Replaces the block. Redraws at most every kMinimumInterval unless `now`.
  void set(std::vector<std::string> lines, bool now = false);
  // Prints a line above the block, for good.
  void print_above(std::string_view text);
  // Leaves what is shown as ordinary output and starts a new block.
  void keep();
  // Removes the block.
  void clear();

 private:
  void draw();
  [[nodiscard]] std::string erase() const;

  int fd_;
  std::vector<std::string> lines_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point last_draw_{};
};

// "[=====>     ] 12.3MB/45.6MB  10.1MB/s  3s" for a terminal.
[[nodiscard]] std::string progress_bar(std::uint64_t done_bytes, std::uint64_t total_bytes,
                                       std::chrono::steady_clock::duration elapsed);
// "1.2s", "3m05s".
[[nodiscard]] std::string format_elapsed(std::chrono::nanoseconds elapsed);

}  // namespace estiba::cli
