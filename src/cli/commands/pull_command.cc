#include "client/pull.h"

#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/transfer_display.h"
#include "client/registry_client.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct PullOptions {
  std::string platform;
  bool all_tags = false;
  bool quiet = false;
  std::string image;
};

void pull_one(Session& session, const PullOptions& options, client::RegistryClient& registry,
              const Reference& reference) {
  if (!options.quiet) {
    const std::string what =
        reference.digest() ? reference.digest()->to_string() : reference.tag().value_or("latest");
    print_line(what + ": Pulling from " + reference.repository().path());
  }
  TransferDisplay display(STDOUT_FILENO, options.quiet);
  client::PullRequest request{.reference = reference};
  request.progress = &display;
  if (!options.platform.empty()) request.platform = Platform::parse(options.platform);
  const client::PullResult result =
      client::pull(session.store(), registry, request, session.stop());
  display.finish();
  if (!options.quiet) {
    print_line("Digest: " + result.digest.to_string());
    print_line(
        std::string("Status: ") +
        (result.was_up_to_date ? "Image is up to date for " : "Downloaded newer image for ") +
        reference.familiar());
  }
  print_line(reference.to_string());
}

// "demo@{2026-11-01T12:00Z}": what the tag meant at that time.
struct AskedImage {
  Reference reference;
  std::optional<Timestamp> at;
};

// RFC 3339, and its short form without seconds.
Timestamp parse_moment(std::string time) {
  constexpr std::size_t kUpToMinutes = 16;  // "2026-11-01T12:00"
  if (time.size() > kUpToMinutes && time[kUpToMinutes] != ':') time.insert(kUpToMinutes, ":00");
  return parse_rfc3339(time);
}

AskedImage parse_image(const std::string& text) {
  const std::size_t brace = text.find("@{");
  if (brace == std::string::npos || text.back() != '}') {
    return {Reference::parse(text), std::nullopt};
  }
  return {Reference::parse(text.substr(0, brace)),
          parse_moment(text.substr(brace + 2, text.size() - brace - 3))};
}

int pull(Session& session, const PullOptions& options) {
  const AskedImage asked = parse_image(options.image);
  const Reference& reference = asked.reference;
  client::RegistryClient registry(reference.repository().registry(), session.settings(),
                                  session.credentials());
  if (asked.at) {
    const Descriptor found =
        registry.resolve_at(reference.with_default_tag(), *asked.at, session.stop());
    pull_one(session, options, registry,
             Reference(reference.repository(), std::nullopt, found.digest));
    return 0;
  }
  if (!options.all_tags) {
    if (!reference.tag() && !reference.digest() && !options.quiet) {
      print_line("Using default tag: latest");
    }
    pull_one(session, options, registry, reference.with_default_tag());
    return 0;
  }
  if (reference.tag() || reference.digest()) {
    throw Error(ErrorCode::kInvalidArgument, "tag can't be used with --all-tags/-a");
  }
  for (const std::string& tag : registry.list_tags(reference.repository(), session.stop())) {
    pull_one(session, options, registry, reference.with_tag(tag));
  }
  return 0;
}

}  // namespace

Command pull_command() {
  Command command;
  command.name = "pull";
  command.summary = "Download an image from a registry";
  command.examples =
      "  estiba pull debian\n"
      "  estiba pull --platform linux/arm64 quay.io/team/demo:v1.0\n"
      "  estiba pull localhost:5000/demo@sha256:…\n"
      "  estiba pull localhost:5000/demo:v1@{2026-11-01T12:00Z}";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<PullOptions>();
    line.option("--platform", options->platform, "OS/ARCH", "The platform to choose");
    line.flag("-a,--all-tags", options->all_tags, "Download all tags of the repository");
    line.flag("-q,--quiet", options->quiet, "Print only the image's name");
    line.positional("NAME[:TAG|@DIGEST|@{TIME}]", options->image,
                    "The image; with a time, as the registry's history has it");
    return [options](Session& session) { return pull(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
