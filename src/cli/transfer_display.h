// Layers on their way, in docker's words.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/live_lines.h"
#include "client/progress.h"

namespace estiba::cli {

// On a terminal one line a layer with bytes, rate and time left; elsewhere a line for each change.
// Thread-safe.
class TransferDisplay final : public client::TransferProgress {
 public:
  // Writes to `fd`; `quiet` writes nothing.
  explicit TransferDisplay(int fd, bool quiet = false);
  void update(const client::TransferUpdate& update) override;
  // Leaves the last state of every layer on the terminal.
  void finish();

 private:
  struct Line {
    std::string id;
    client::TransferState state = client::TransferState::kWaiting;
    std::string text;
    std::chrono::steady_clock::time_point state_start{};
  };
  [[nodiscard]] std::string text_of(const Line& line, const client::TransferUpdate& update) const;
  void redraw(bool now);

  int fd_;
  bool quiet_;
  std::mutex mutex_;
  std::vector<Line> lines_;
  std::optional<LiveLines> live_;
};

}  // namespace estiba::cli
