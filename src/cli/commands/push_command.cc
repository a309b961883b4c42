#include "client/push.h"

#include <unistd.h>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/transfer_display.h"
#include "client/registry_client.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct PushOptions {
  bool all_tags = false;
  bool quiet = false;
  std::string image;
};

void push_one(Session& session, const PushOptions& options, client::RegistryClient& registry,
              const Reference& reference) {
  TransferDisplay display(STDOUT_FILENO, options.quiet);
  client::PushRequest request{.reference = reference};
  request.progress = &display;
  const client::PushResult result =
      client::push(session.store(), registry, request, session.stop());
  display.finish();
  print_line(options.quiet ? reference.to_string()
                           : *reference.tag() + ": digest: " + result.digest.to_string() +
                                 " size: " + std::to_string(result.manifest_size_bytes));
}

std::vector<Reference> references_to_push(Session& session, const PushOptions& options) {
  const Reference reference = Reference::parse(options.image);
  if (reference.digest()) {
    throw Error(ErrorCode::kInvalidArgument, "cannot push a digest reference",
                "push a tag: " + reference.repository().familiar_name() + ":TAG");
  }
  if (!options.all_tags) return {reference.with_default_tag()};
  if (reference.tag()) {
    throw Error(ErrorCode::kInvalidArgument, "tag can't be used with --all-tags/-a");
  }
  std::vector<Reference> tags = session.store().images().tags_of(reference.repository());
  if (tags.empty()) {
    throw Error(ErrorCode::kNotFound, "An image does not exist locally with the tag: " +
                                          reference.repository().familiar_name());
  }
  return tags;
}

int push(Session& session, const PushOptions& options) {
  const std::vector<Reference> references = references_to_push(session, options);
  const Repository& repository = references.front().repository();
  client::RegistryClient registry(repository.registry(), session.settings(), session.credentials());
  if (!options.quiet) {
    if (!options.all_tags && !Reference::parse(options.image).tag()) {
      print_line("Using default tag: latest");
    }
    print_line("The push refers to repository [" + repository.name() + "]");
  }
  for (const Reference& reference : references) push_one(session, options, registry, reference);
  return 0;
}

}  // namespace

Command push_command() {
  Command command;
  command.name = "push";
  command.summary = "Upload an image to a registry";
  command.examples =
      "  estiba push localhost:5000/demo:v1.0\n"
      "  estiba push -a quay.io/team/demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<PushOptions>();
    line.flag("-a,--all-tags", options->all_tags, "Push all tags of the repository");
    line.flag("-q,--quiet", options->quiet, "Print only the image's name");
    line.positional("NAME[:TAG]", options->image, "The image, named as the registry shall know it");
    return [options](Session& session) { return push(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
