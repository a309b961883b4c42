// Carries a built image to where --output, --push, --load and --metadata-file want it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "build/build.h"
#include "build/output_spec.h"
#include "build/tag_target.h"

namespace estiba::cli {

class CommandLine;
class Session;

// As the flags say it.
struct ExportFlags {
  std::vector<std::string> outputs;
  std::vector<std::string> annotations;
  bool push = false;
  bool load = false;
  bool reproducible = false;
  std::string metadata_file;
};

void declare_exports(CommandLine& line, ExportFlags& flags);

struct ExportRequest {
  std::vector<build::BuiltImage> images;  // one for each platform
  std::vector<Reference> tags;
  std::vector<build::OutputSpec> outputs;
  std::optional<Timestamp> latest_mtime;
  std::string metadata_file;
  bool quiet = false;
};

// What --iidfile and "Successfully built" show.
struct ExportResult {
  Digest id;                      // of the image, or of the index
  std::vector<Reference> stored;  // tags that the store has now
  std::string metadata;           // what --metadata-file shows: JSON
};

// At least one. Throws kInvalidArgument for flags that do not fit together.
[[nodiscard]] std::vector<build::OutputSpec> parse_outputs(const ExportFlags& flags);

// While it lives, what is printed goes to standard error, so that an output has standard output for
// itself; does nothing when no output wants it.
class OutputRedirection {
 public:
  explicit OutputRedirection(const std::vector<build::OutputSpec>& outputs);
  ~OutputRedirection();
  OutputRedirection(const OutputRedirection&) = delete;
  OutputRedirection& operator=(const OutputRedirection&) = delete;

  [[nodiscard]] int stdout_fd() const { return stdout_ ? stdout_->get() : 1; }

 private:
  std::optional<UniqueFd> stdout_;
};

ExportResult export_build(Session& session, const ExportRequest& request,
                          const OutputRedirection& redirection);

}  // namespace estiba::cli
