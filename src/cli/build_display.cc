#include "cli/build_display.h"

#include <unistd.h>

#include "base/error.h"
#include "cli/build_display_json.h"
#include "cli/build_display_plain.h"
#include "cli/build_display_tty.h"
#include "cli/output.h"

namespace estiba::cli {

BuildProgress parse_build_progress(const std::string& text, bool quiet) {
  if (quiet) return BuildProgress::kQuiet;
  if (text == "plain") return BuildProgress::kPlain;
  if (text == "tty") return BuildProgress::kTty;
  if (text == "json" || text == "rawjson") return BuildProgress::kJson;
  if (text == "auto" || text.empty()) {
    return is_terminal(STDOUT_FILENO) ? BuildProgress::kTty : BuildProgress::kPlain;
  }
  throw Error(ErrorCode::kInvalidArgument, "invalid --progress \"" + text + "\"",
              "use auto, plain, tty or json");
}

std::unique_ptr<BuildDisplay> make_build_display(BuildProgress progress) {
  switch (progress) {
    case BuildProgress::kTty:
      return std::make_unique<TtyBuildDisplay>();
    case BuildProgress::kJson:
      return std::make_unique<JsonBuildDisplay>();
    case BuildProgress::kQuiet:
      return std::make_unique<PlainBuildDisplay>(true);
    case BuildProgress::kPlain:
      break;
  }
  return std::make_unique<PlainBuildDisplay>(false);
}

}  // namespace estiba::cli
