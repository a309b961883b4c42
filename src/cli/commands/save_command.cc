#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "fs/temp.h"
#include "store/archives.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct SaveOptions {
  std::string output;
  std::string format = "docker-archive";
  std::vector<std::string> images;
};

store::ArchiveFormat parse_format(const std::string& text) {
  if (text == "docker-archive" || text == "docker") return store::ArchiveFormat::kDocker;
  if (text == "oci-archive" || text == "oci") return store::ArchiveFormat::kOci;
  throw Error(ErrorCode::kInvalidArgument, "unknown archive format \"" + text + "\"",
              "use docker-archive or oci-archive");
}

// A name brings its tag into the archive, an ID none.
store::SavedImage find_saved(store::ImageStore& images, const std::string& name) {
  store::SavedImage saved{images.find(name).id, {}};
  try {
    const Reference reference = Reference::parse(name).with_default_tag();
    const auto tagged = images.try_find(reference);
    if (reference.tag() && tagged && tagged->id == saved.id) {
      saved.tags.push_back(reference);
      saved.target = images.target_of(reference);
    }
  } catch (const Error&) {
    return saved;  // no name, so it was an ID
  }
  return saved;
}

int save(Session& session, const SaveOptions& options) {
  const store::ArchiveFormat format = parse_format(options.format);
  std::vector<store::SavedImage> saved;
  for (const std::string& name : options.images) {
    saved.push_back(find_saved(session.store().images(), name));
  }
  if (options.output.empty()) {
    if (is_terminal(STDOUT_FILENO)) {
      throw Error(ErrorCode::kInvalidArgument, "cowardly refusing to save to a terminal",
                  "use the -o flag or redirect");
    }
    FdSink out(STDOUT_FILENO, "standard output");
    store::save_archive(session.store(), saved, format, out, session.stop());
    return 0;
  }
  const std::size_t slash = options.output.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : options.output.substr(0, slash + 1);
  fs::TemporaryFile file = fs::TemporaryFile::create(directory, ".estiba-save");
  FdSink out(file.fd(), options.output);
  store::save_archive(session.store(), saved, format, out, session.stop());
  ::unlink(options.output.c_str());
  if (!file.publish(options.output, 0600)) {
    throw Error(ErrorCode::kConflict, options.output + " was made by somebody else meanwhile");
  }
  return 0;
}

}  // namespace

Command save_command() {
  Command command;
  command.name = "save";
  command.summary = "Save images to a tar archive";
  command.examples =
      "  estiba save -o demo.tar demo\n"
      "  estiba save --format oci-archive demo:v1.0 > demo-oci.tar";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<SaveOptions>();
    line.option("-o,--output", options->output, "FILE",
                "Write to a file instead of standard output");
    line.option("--format", options->format, "FORMAT", "docker-archive or oci-archive");
    line.positionals("IMAGE", options->images, "Names, tags or IDs", 1);
    return [options](Session& session) { return save(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
