#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct RmiOptions {
  bool force = false;
  bool keep_parents = false;
  std::vector<std::string> images;
};

void report(const store::Removal& removal) {
  for (const Reference& tag : removal.untagged) print_line("Untagged: " + tag.familiar());
  for (const store::RepositoryDigest& known : removal.untagged_digests) {
    print_line("Untagged: " + known.repository.familiar_name() + "@" + known.manifest.to_string());
  }
  for (const Digest& id : removal.deleted_images) print_line("Deleted: " + id.to_string());
}

int remove_images(Session& session, const RmiOptions& options) {
  int exit_code = 0;
  for (const std::string& name : options.images) {
    try {
      report(session.store().images().remove(
          name, {.force = options.force, .keep_parents = options.keep_parents}));
    } catch (const Error& error) {
      if (options.force && error.code() == ErrorCode::kNotFound) continue;
      report_error(error);
      exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace

Command rmi_command() {
  Command command;
  command.name = "rmi";
  command.summary = "Remove one or more images";
  command.examples =
      "  estiba rmi demo:v1.0\n"
      "  estiba rmi -f 07c2a81dfe22";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<RmiOptions>();
    line.flag("-f,--force", options->force, "Remove an image that has several names");
    line.flag("--no-prune", options->keep_parents, "Do not delete untagged parents");
    line.positionals("IMAGE", options->images, "Names, tags or IDs", 1);
    return [options](Session& session) { return remove_images(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
