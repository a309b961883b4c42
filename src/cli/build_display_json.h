// One JSON object a line for each event, for scripts.
#pragma once

#include <mutex>

#include "cli/build_display.h"

namespace estiba::cli {

// Thread-safe. Objects have "event" and, where it concerns a step, "step" and "total".
class JsonBuildDisplay final : public BuildDisplay, private client::TransferProgress {
 public:
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
  void update(const client::TransferUpdate& update) override;
  void emit(const std::string& json);

  std::mutex mutex_;
};

}  // namespace estiba::cli
