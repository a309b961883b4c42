#include "cli/commands/commands.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct TagOptions {
  std::string source;
  std::string target;
};

int tag(Session& session, const TagOptions& options) {
  store::ImageStore& images = session.store().images();
  const Reference target = Reference::parse(options.target).with_default_tag();
  const Digest id = images.find(options.source).id;
  images.tag(id, target, images.target_of(options.source));
  return 0;
}

}  // namespace

Command tag_command() {
  Command command;
  command.name = "tag";
  command.summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE";
  command.examples =
      "  estiba tag 07c2a81dfe22 demo:v1.0\n"
      "  estiba tag demo registry.example.com/team/demo:latest";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<TagOptions>();
    line.positional("SOURCE_IMAGE", options->source, "A name, tag or ID (any unique length)");
    line.positional("TARGET_IMAGE", options->target,
                    "The new name; the tag is latest if not given");
    return [options](Session& session) { return tag(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
