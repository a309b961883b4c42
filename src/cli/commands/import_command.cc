#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "cli/commands/commands.h"
#include "cli/config_changes.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/archives.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct ImportOptions {
  std::vector<std::string> changes;
  std::string message;
  std::string platform;
  std::string file;
  std::string reference;
};

int import(Session& session, const ImportOptions& options) {
  store::ImportOptions import;
  import.config = with_changes({}, options.changes);
  import.message = options.message;
  import.platform = options.platform.empty() ? Platform::host() : Platform::parse(options.platform);
  if (!options.reference.empty()) {
    import.reference = Reference::parse(options.reference).with_default_tag();
  }
  FdSource tar(options.file == "-" ? duplicate(STDIN_FILENO) : open_file(options.file, O_RDONLY),
               options.file == "-" ? "standard input" : options.file);
  const Digest id = store::import_root_file_system(session.store(), tar, import, session.stop());
  print_line(id.to_string());
  return 0;
}

}  // namespace

Command import_command() {
  Command command;
  command.name = "import";
  command.summary = "Make an image of a root file system's tar, compressed or not";
  command.examples =
      "  estiba import rootfs.tar.gz debian:bookworm\n"
      "  mmdebstrap bookworm - | estiba import --change 'CMD [\"bash\"]' - debian";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<ImportOptions>();
    line.list("-c,--change", options->changes, "INSTRUCTION",
              "Apply a Dockerfile instruction to the image (CMD, ENV, LABEL, ...)");
    line.option("-m,--message", options->message, "TEXT", "The comment in the image's history");
    line.option("--platform", options->platform, "OS/ARCH", "The platform of the image");
    line.positional("FILE", options->file, "The tar, or - for standard input");
    line.optional_positional("REPOSITORY[:TAG]", options->reference, "Name the image");
    return [options](Session& session) { return import(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
