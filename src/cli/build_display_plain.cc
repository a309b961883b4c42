#include "cli/build_display_plain.h"

#include <unistd.h>

#include "base/fd.h"
#include "cli/output.h"

namespace estiba::cli {

void PlainBuildDisplay::line(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  print_line(text);
}

void PlainBuildDisplay::step_started(const build::Step& step) {
  line("Step " + std::to_string(step.number) + "/" + std::to_string(step.total) + " : " +
       step.text);
}

void PlainBuildDisplay::step_running_in(const build::Step&, std::string_view container_id) {
  line(" ---> Running in " + std::string(container_id));
}

void PlainBuildDisplay::step_output(const build::Step&, build::OutputStream stream,
                                    std::string_view text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  if (stream == build::OutputStream::kStdout) {
    print(text);
  } else {
    print_error(text);
  }
}

void PlainBuildDisplay::step_container_removed(const build::Step&, std::string_view container_id) {
  line("Removing intermediate container " + std::string(container_id));
}

void PlainBuildDisplay::step_progress(const build::Step&, std::uint64_t, std::uint64_t) {}

void PlainBuildDisplay::step_finished(const build::Step&, const std::optional<Digest>& image_id,
                                      bool cached, std::chrono::nanoseconds) {
  if (cached) line(" ---> Using cache");
  line(" ---> " + (image_id ? image_id->short_hex() : std::string()));
}

void PlainBuildDisplay::step_failed(const build::Step&) {}

void PlainBuildDisplay::warning(std::string_view text) {
  print_error("WARNING: " + std::string(text) + "\n");
}

client::TransferProgress& PlainBuildDisplay::pulling(const Reference& reference) {
  line(reference.tag().value_or("digest") + ": Pulling from " + reference.repository().path());
  return transfer_.emplace(STDOUT_FILENO, quiet_);
}

void PlainBuildDisplay::pulled(const Reference& reference, const Digest& manifest) {
  if (transfer_) transfer_->finish();
  line("Digest: " + manifest.to_string());
  line("Status: Downloaded newer image for " + reference.familiar());
}

void PlainBuildDisplay::finish(bool) {}

}  // namespace estiba::cli
