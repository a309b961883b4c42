// What a build tells its spectator while it goes on; cli/ turns it into plain, live or JSON output.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/progress.h"
#include "oci/digest.h"
#include "oci/reference.h"

namespace estiba::build {

// One instruction of the Dockerfile as it is carried out.
struct Step {
  std::size_t number = 0;  // from 1, over all stages that run
  std::size_t total = 0;
  std::string stage;                 // its name, or its number
  std::size_t stage_number = 0;      // from 1, in its stage: FROM is 1
  std::string text;                  // the instruction as written
  std::string build;                 // whose step it is, when several are built at once; else empty
  std::vector<std::size_t> needs{};  // the numbers of the steps whose results it takes
};

enum class OutputStream { kStdout, kStderr };

// Called from several threads, but for one step in order.
class BuildObserver {
 public:
  virtual ~BuildObserver() = default;
  virtual void step_started(const Step& step) = 0;
  // A container runs the step's command.
  virtual void step_running_in(const Step& step, std::string_view container_id) = 0;
  virtual void step_output(const Step& step, OutputStream stream, std::string_view text) = 0;
  virtual void step_container_removed(const Step& step, std::string_view container_id) = 0;
  // Bytes of a long step so far (a COPY, a download); total 0 when unknown.
  virtual void step_progress(const Step& step, std::uint64_t done_bytes,
                             std::uint64_t total_bytes) = 0;
  // Why it is cached or not, a sentence each (--explain); before step_finished.
  virtual void step_explained(const Step& step, const std::vector<std::string>& reasons) = 0;
  // `image_id` is empty after FROM scratch.
  virtual void step_finished(const Step& step, const std::optional<Digest>& image_id, bool cached,
                             std::chrono::nanoseconds elapsed) = 0;
  // The step failed, and from here on the terminal belongs to a shell in its file system.
  virtual void step_opens_shell(const Step& step) = 0;
  virtual void step_failed(const Step& step) = 0;
  virtual void warning(std::string_view text) = 0;
  // A base image is fetched; returns where its layers' progress goes.
  virtual client::TransferProgress& pulling(const Reference& reference) = 0;
  virtual void pulled(const Reference& reference, const Digest& manifest) = 0;
};

}  // namespace estiba::build
