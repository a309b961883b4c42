// One build, made ready and brought to its end: everything that its flags name is opened before it
// is carried out, its results are carried where they should go.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "build/build.h"
#include "cli/build_cache_options.h"
#include "cli/build_context.h"
#include "cli/build_display.h"
#include "cli/build_export.h"
#include "cli/build_flags.h"
#include "cli/session.h"

namespace estiba::cli {

class PreparedBuild {
 public:
  // `name`: of a build among several, else empty. Throws what opening throws.
  PreparedBuild(Session& session, BuildFlags flags, const std::string& name,
                CacheStorages& cache_storages);

  [[nodiscard]] const BuildFlags& flags() const { return flags_; }
  // One for each platform, in their order; may be changed before they are carried out.
  [[nodiscard]] std::vector<build::BuildOptions>& builds() { return builds_; }
  [[nodiscard]] const std::vector<build::OutputSpec>& outputs() const { return exports_.outputs; }
  // `results`: of builds(), which keep the images.
  ExportResult export_results(Session& session, const build::BuildResult* results,
                              const OutputRedirection& redirection);

 private:
  BuildFlags flags_;
  ExportRequest exports_;
  BuildContext context_;
  std::unique_ptr<store::Lease> named_lease_;
  std::vector<build::BuildOptions> builds_;
};

// Carries the builds out as one graph, and ends the display. What an error says begins with ERROR.
[[nodiscard]] std::vector<build::BuildResult> carry_out(
    Session& session, const std::vector<build::BuildOptions>& builds, BuildDisplay& display);

// Arguments that no build of one target has declared.
void report_unused_arguments(const build::BuildResult& result);

}  // namespace estiba::cli
