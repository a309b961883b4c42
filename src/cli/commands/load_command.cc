#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/archives.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct LoadOptions {
  std::string input;
  bool quiet = false;
};

int load(Session& session, const LoadOptions& options) {
  UniqueFd input;
  if (!options.input.empty()) {
    input = open_file(options.input, O_RDONLY);
  } else if (is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "requested load from stdin, but stdin is a terminal",
                "name an archive with -i FILE, or redirect one");
  } else {
    input = duplicate(STDIN_FILENO);
  }
  const auto loaded = store::load_archive(session.store(), input.get(), session.stop());
  for (const store::LoadedImage& image : loaded) {
    for (const Reference& tag : image.tags) print_line("Loaded image: " + tag.familiar());
    if (image.tags.empty()) print_line("Loaded image ID: " + image.id.to_string());
  }
  return 0;
}

}  // namespace

Command load_command() {
  Command command;
  command.name = "load";
  command.summary = "Load images from a docker or OCI archive, compressed or not";
  command.examples =
      "  estiba load -i demo.tar\n"
      "  estiba load < demo.tar.gz";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<LoadOptions>();
    line.option("-i,--input", options->input, "FILE", "Read a file instead of standard input");
    line.flag("-q,--quiet", options->quiet, "Accepted for docker's sake");
    return [options](Session& session) { return load(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
