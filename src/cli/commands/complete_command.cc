#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/containers.h"
#include "run/network_store.h"
#include "run/volume_store.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

std::vector<std::string> image_names(Session& session) {
  std::vector<std::string> names;
  for (const store::ImageListing& listing : session.store().images().list(false)) {
    for (const Reference& tag : listing.tags) names.push_back(tag.familiar());
  }
  return names;
}

template <typename Items>
std::vector<std::string> names(const Items& items) {
  std::vector<std::string> found;
  for (const auto& item : items) found.push_back(item.name);
  return found;
}

std::vector<std::string> names_of(Session& session, std::string_view kind) {
  if (kind == "image") return image_names(session);
  if (kind == "container") return names(run::Containers(session.store()).list());
  if (kind == "volume") return names(run::VolumeStore(session.root()).list());
  if (kind == "network") return names(run::NetworkStore(session.root()).list());
  return {};
}

}  // namespace

// What the shells' scripts ask; an error must not disturb who is typing.
Command complete_command() {
  Command command;
  command.name = "__complete";
  command.summary = "Tell what may stand next on a command line";
  command.hidden = true;
  command.declare = [](CommandLine& line) -> Runner {
    auto words = std::make_shared<std::vector<std::string>>();
    line.positionals("WORD", *words, "The command line's words, the last being typed", 0);
    return [words](Session& session) {
      const Completion completion =
          complete(grammar_of(all_commands()), *words, [&](std::string_view kind) {
            try {
              return names_of(session, kind);
            } catch (const Error&) {
              return std::vector<std::string>();
            }
          });
      for (const Candidate& candidate : completion.candidates) {
        print_line(candidate.help.empty() ? candidate.word
                                          : candidate.word + "\t" + candidate.help);
      }
      if (completion.files) print_line(":files");
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
