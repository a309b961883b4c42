// The words of docker's classic builder, line by line.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "cli/build_display.h"
#include "cli/step_output_order.h"
#include "cli/transfer_display.h"

namespace estiba::cli {

// Thread-safe. Quiet: warnings and nothing else.
class PlainBuildDisplay final : public BuildDisplay {
 public:
  explicit PlainBuildDisplay(bool quiet);

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
  void line(const std::string& text);
  // Both under the lock.
  void say(const build::Step& step, const std::string& text);
  void write(const build::Step& step, build::OutputStream stream, std::string_view text);

  bool quiet_;
  std::mutex mutex_;
  StepOutputOrder order_;
  std::map<StepOutputOrder::StepId, bool> in_line_;  // whose last line has not ended
  std::optional<TransferDisplay> transfer_;
};

}  // namespace estiba::cli
