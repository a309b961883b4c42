#include "cli/commands/commands.h"
#include "cli/image_difference_text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/container_files.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

void print_container_changes(Session& session, const std::string& name) {
  const run::Container container = run::Containers(session.store()).find(name);
  for (const run::FileChange& change :
       run::file_changes(session.store(), session.mounter(), container)) {
    print_line(std::string(1, change.kind) + " " + change.path);
  }
}

}  // namespace

Command diff_command() {
  Command command;
  command.name = "diff";
  command.summary =
      "Show what a container, or an image since another, has added, changed and deleted";
  command.mounts = true;
  command.examples = "  estiba diff web\n  estiba diff app:1.0 app:1.1";
  command.declare = [](CommandLine& line) -> Runner {
    auto name = std::make_shared<std::string>();
    auto later_image = std::make_shared<std::string>();
    line.positional("CONTAINER", *name, "Name or ID; of two images the one to compare with");
    line.optional_positional("IMAGE", *later_image, "The other of two images");
    return [name, later_image](Session& session) {
      if (later_image->empty()) {
        print_container_changes(session, *name);
      } else {
        print_image_difference(session, *name, *later_image);
      }
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
