// Carries what a command prints to whoever watches, while it runs.
#pragma once

#include <functional>
#include <string_view>
#include <thread>

#include "base/fd.h"
#include "build/observer.h"

namespace estiba::build {

// The receiver is called from one thread of the pump's own; it has got everything once the pump is
// destroyed, which must be after the command ended.
class OutputPump {
 public:
  using Receiver = std::function<void(OutputStream stream, std::string_view text)>;
  explicit OutputPump(Receiver receiver);
  ~OutputPump();
  OutputPump(const OutputPump&) = delete;
  OutputPump& operator=(const OutputPump&) = delete;

  // The ends for the command.
  [[nodiscard]] int stdout_fd() const { return stdout_write_.get(); }
  [[nodiscard]] int stderr_fd() const { return stderr_write_.get(); }

 private:
  void pump();

  Receiver receiver_;
  UniqueFd stdout_read_, stdout_write_;
  UniqueFd stderr_read_, stderr_write_;
  std::thread thread_;
};

}  // namespace estiba::build
