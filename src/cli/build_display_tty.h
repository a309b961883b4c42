// A live view: one line a step with its time, and the last lines of output of those that run.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "cli/build_display.h"
#include "cli/live_lines.h"
#include "cli/transfer_display.h"

namespace estiba::cli {

// Thread-safe. A finished step becomes an ordinary line; a failed one is followed by its output.
class TtyBuildDisplay final : public BuildDisplay {
 public:
  TtyBuildDisplay();
  ~TtyBuildDisplay() override;

  void step_started(const build::Step& step) override;
  void step_running_in(const build::Step& step, std::string_view container_id) override;
  void step_output(const build::Step& step, build::OutputStream stream,
                   std::string_view text) override;
  void step_container_removed(const build::Step& step, std::string_view container_id) override;
  void step_progress(const build::Step& step, std::uint64_t done_bytes,
                     std::uint64_t total_bytes) override;
  void step_explained(const build::Step& step, const std::vector<std::string>& reasons) override;
  void step_finished(const build::Step& step, const std::optional<Digest>& image_id, bool cached,
                     std::chrono::nanoseconds elapsed) override;
  void step_opens_shell(const build::Step& step) override;
  void step_failed(const build::Step& step) override;
  void warning(std::string_view text) override;
  client::TransferProgress& pulling(const Reference& reference) override;
  void pulled(const Reference& reference, const Digest& manifest) override;
  void finish(bool success) override;

 private:
  struct Running {
    build::Step step;
    std::chrono::steady_clock::time_point start{};
    std::string progress{};
    std::deque<std::string> output{};  // last lines; the last one may be unfinished
  };
  [[nodiscard]] static std::string headline(const Running& running);
  static void append_output(Running& running, std::string_view text);
  void redraw(bool now);

  std::mutex mutex_;
  LiveLines live_;
  // By the build (of several) and the step's number in it.
  std::map<std::pair<std::string, std::size_t>, Running> running_;
  std::optional<TransferDisplay> transfer_;
  std::jthread ticker_;  // keeps the elapsed time moving
};

}  // namespace estiba::cli
