// How a build looks while it goes on.
#pragma once

#include <memory>
#include <string>

#include "build/observer.h"

namespace estiba::cli {

enum class BuildProgress { kPlain, kTty, kJson, kQuiet };

class BuildDisplay : public build::BuildObserver {
 public:
  // The build ended; nothing else is called afterwards.
  virtual void finish(bool success) = 0;
};

// "auto", "plain", "tty" or "json"; auto is tty on a terminal. Throws kInvalidArgument.
[[nodiscard]] BuildProgress parse_build_progress(const std::string& text, bool quiet);
[[nodiscard]] std::unique_ptr<BuildDisplay> make_build_display(BuildProgress progress);

}  // namespace estiba::cli
