#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/maintenance.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct ImagePruneArguments {
  bool all = false;
  bool force = false;
};

int ask_and_prune_images(Session& session, const ImagePruneArguments& arguments) {
  const std::string what = arguments.all
                               ? "all images without at least one container associated to them."
                               : "all dangling images.";
  if (!confirmed(arguments.force, "This will remove " + what)) return 1;
  const store::Pruned pruned = store::prune(
      session.store(), {.all_images = arguments.all, .build_cache = false, .volumes = false});
  const bool is_anything = !pruned.images.untagged.empty() || !pruned.images.deleted_images.empty();
  if (is_anything) print_line("Deleted Images:");
  for (const Reference& tag : pruned.images.untagged) print_line("untagged: " + tag.familiar());
  for (const Digest& id : pruned.images.deleted_images) print_line("deleted: " + id.to_string());
  if (is_anything) print_line("");
  print_line("Total reclaimed space: " + format_size(pruned.reclaimed_bytes));
  return 0;
}

}  // namespace

Command image_prune_command() {
  Command command;
  command.name = "prune";
  command.summary = "Remove images that nothing uses: those without a name, or all";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<ImagePruneArguments>();
    line.flag("-a,--all", arguments->all, "Remove all images that no container uses");
    line.flag("-f,--force", arguments->force, "Do not ask");
    return [arguments](Session& session) { return ask_and_prune_images(session, *arguments); };
  };
  return command;
}

}  // namespace estiba::cli
