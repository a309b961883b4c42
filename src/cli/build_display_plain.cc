#include "cli/build_display_plain.h"

#include <unistd.h>

#include "base/fd.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

StepOutputOrder::StepId id_of(const build::Step& step) {
  return {step.build, step.number};
}

}  // namespace

PlainBuildDisplay::PlainBuildDisplay(bool quiet)
    : quiet_(quiet), order_([](build::OutputStream stream, std::string_view text) {
        stream == build::OutputStream::kStdout ? print(text) : print_error(text);
      }) {}

void PlainBuildDisplay::say(const build::Step& step, const std::string& text) {
  if (quiet_) return;
  write(step, build::OutputStream::kStdout, text + "\n");
}

// Of several builds each line begins with the name of its own.
void PlainBuildDisplay::write(const build::Step& step, build::OutputStream stream,
                              std::string_view text) {
  if (step.build.empty()) return order_.write(id_of(step), stream, text);
  bool& in_line = in_line_[id_of(step)];
  std::string named;
  for (const char c : text) {
    if (!in_line) named += step.build + " | ";
    named += c;
    in_line = c != '\n';
  }
  order_.write(id_of(step), stream, named);
}

void PlainBuildDisplay::line(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  print_line(text);
}

void PlainBuildDisplay::step_started(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  order_.begin(id_of(step));
  say(step,
      "Step " + std::to_string(step.number) + "/" + std::to_string(step.total) + " : " + step.text);
}

void PlainBuildDisplay::step_running_in(const build::Step& step, std::string_view container_id) {
  const std::lock_guard lock(mutex_);
  say(step, " ---> Running in " + std::string(container_id));
}

void PlainBuildDisplay::step_output(const build::Step& step, build::OutputStream stream,
                                    std::string_view text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  write(step, stream, text);
}

void PlainBuildDisplay::step_container_removed(const build::Step& step,
                                               std::string_view container_id) {
  const std::lock_guard lock(mutex_);
  say(step, "Removing intermediate container " + std::string(container_id));
}

void PlainBuildDisplay::step_progress(const build::Step&, std::uint64_t, std::uint64_t) {}

void PlainBuildDisplay::step_explained(const build::Step& step,
                                       const std::vector<std::string>& reasons) {
  const std::lock_guard lock(mutex_);
  for (const std::string& reason : reasons) say(step, " ---> " + reason);
}

void PlainBuildDisplay::step_finished(const build::Step& step,
                                      const std::optional<Digest>& image_id, bool cached,
                                      std::chrono::nanoseconds) {
  const std::lock_guard lock(mutex_);
  if (cached) say(step, " ---> Using cache");
  say(step, " ---> " + (image_id ? image_id->short_hex() : std::string()));
  order_.end(id_of(step));
}

void PlainBuildDisplay::step_opens_shell(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  say(step, " ---> The step failed: a shell in its file system, exit ends the build");
  order_.end_last(id_of(step));
  order_.finish();
}

void PlainBuildDisplay::step_failed(const build::Step& step) {
  const std::lock_guard lock(mutex_);
  order_.end_last(id_of(step));
}

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

void PlainBuildDisplay::finish(bool) {
  const std::lock_guard lock(mutex_);
  order_.finish();
}

}  // namespace estiba::cli
