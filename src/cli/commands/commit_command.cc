#include <optional>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/config_changes.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/container_control.h"
#include "run/container_files.h"
#include "run/events.h"
#include "run/runtime.h"
#include "store/image_store.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct CommitOptions {
  std::vector<std::string> changes;
  std::string message;
  std::string author;
  bool pause = true;
  std::string name;
  std::string reference;
};

// Frozen while its files are read, so that they fit each other.
class Frozen {
 public:
  Frozen(Session& session, const run::Container& container)
      : container_(container), program_(session.runtime().program()) {
    run::pause_container(container_, program_);
    container_.state.paused = true;
  }
  ~Frozen() {
    try {
      run::unpause_container(container_, program_);
    } catch (const Error&) {
      return;  // it has ended meanwhile
    }
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  run::Container container_;
  std::string program_;
};

// The image's configuration with what the container was started with.
ContainerConfig config_of(const run::Container& container, const store::Image& image) {
  ContainerConfig config = image.config.config;
  const run::RunOverrides& given = container.record.options.process;
  config.environment = container.record.process.environment;
  std::erase_if(config.environment, [](const std::string& entry) {
    return entry.starts_with("HOSTNAME=") || entry.starts_with("TERM=");
  });
  config.working_directory = container.record.process.working_directory;
  config.user = container.record.process.user;
  config.labels = container.record.labels;
  if (given.entrypoint) {
    config.entrypoint = std::vector<std::string>{*given.entrypoint};
    config.command.reset();
  }
  if (!given.command.empty()) config.command = given.command;
  return config;
}

int commit(Session& session, const CommitOptions& options) {
  store::Store& store = session.store();
  const run::Container container = run::Containers(store).find(options.name);
  store::Image image = store.images().get(container.record.image);
  ImageConfig config = image.config;
  config.config = with_changes(config_of(container, image), options.changes);
  std::vector<Reference> tags;
  if (!options.reference.empty()) {
    tags.push_back(Reference::parse(options.reference).with_default_tag());
  }
  const auto lease = store.lease();
  {
    std::optional<Frozen> frozen;
    if (options.pause && container.active() && !container.state.paused) {
      frozen.emplace(session, container);
    }
    const Digest layer = run::seal_changes(store, container);
    lease->keep_layer(layer);
    config.diff_ids.push_back(layer);
  }
  config.created = now();
  if (!options.author.empty()) config.author = options.author;
  config.history.push_back({.created = config.created,
                            .created_by = container.record.process.arguments.front(),
                            .author = options.author,
                            .comment = options.message,
                            .empty_layer = false});
  const Digest id =
      store.images().publish({.config_bytes = config.serialize(), .parent = image.id}, tags);
  run::record_event(session.root(), container, "commit");
  print_line(id.to_string());
  return 0;
}

}  // namespace

Command commit_command() {
  Command command;
  command.name = "commit";
  command.summary = "Make an image of a container's changes";
  command.examples = "  estiba commit -c 'CMD [\"serve\"]' web web:patched";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<CommitOptions>();
    line.list("-c,--change", options->changes, "INSTRUCTION",
              "Apply a Dockerfile instruction to the image (CMD, ENV, LABEL, ...)");
    line.option("-m,--message", options->message, "TEXT", "The comment in the image's history");
    line.option("-a,--author", options->author, "NAME", "Who made it");
    line.flag("-p,--pause", options->pause, "Freeze the container meanwhile (true)");
    line.positional("CONTAINER", options->name, "Name or ID");
    line.optional_positional("REPOSITORY[:TAG]", options->reference, "Name the image");
    return [options](Session& session) { return commit(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
