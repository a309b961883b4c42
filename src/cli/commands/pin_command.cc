#include "base/error.h"
#include "base/fd.h"
#include "build/external_images.h"
#include "build/lock_file.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "client/registry_client.h"
#include "dockerfile/parser.h"

namespace estiba::cli {
namespace {

struct PinOptions {
  std::string dockerfile = "Dockerfile";
  std::vector<std::string> arguments;
  bool update = false;
};

Digest resolve(Session& session, const Reference& reference) {
  client::RegistryClient registry(reference.repository().registry(), session.settings(),
                                  session.credentials());
  return registry.resolve(reference, session.stop()).digest;
}

std::map<std::string, std::optional<std::string>> given_arguments(const PinOptions& options) {
  std::map<std::string, std::optional<std::string>> given;
  for (const std::string& argument : options.arguments) {
    const std::size_t equals = argument.find('=');
    given[argument.substr(0, equals)] =
        equals == std::string::npos ? std::optional<std::string>() : argument.substr(equals + 1);
  }
  return given;
}

// What becomes of one image, and the words for it.
std::string pin_one(build::LockedImages& locked, const std::string& name, const Digest& today,
                    bool update) {
  const auto known = locked.find(name);
  if (known == locked.end()) {
    locked.emplace(name, today);
    return "pinned   " + name + " " + today.to_string();
  }
  if (known->second == today) return "same     " + name + " " + today.to_string();
  const std::string change = name + " " + known->second.to_string() + " -> " + today.to_string();
  if (!update) return "moved    " + change;
  known->second = today;
  return "updated  " + change;
}

int pin(Session& session, const PinOptions& options) {
  const auto dockerfile = dockerfile::parse(read_file(options.dockerfile, 16u << 20),
                                            {.file_name = options.dockerfile});
  const build::LockedImages before = build::read_lock_file(options.dockerfile);
  build::LockedImages locked;
  bool moved = false;
  for (const Reference& reference : build::external_images(dockerfile, given_arguments(options))) {
    const std::string name = reference.to_string();
    const auto known = before.find(name);
    if (known != before.end()) locked.insert(*known);
    const std::string words = pin_one(locked, name, resolve(session, reference), options.update);
    moved = moved || words.starts_with("moved");
    print_line(words);
  }
  for (const auto& [name, digest] : before) {
    if (!locked.contains(name)) print_line("dropped  " + name + " " + digest.to_string());
  }
  if (locked != before) {
    write_file_atomically(build::lock_file_path(options.dockerfile),
                          build::format_lock_file(locked));
  }
  if (moved) print_line("\"estiba pin --update\" moves to what the tags mean today.");
  return 0;
}

}  // namespace

Command pin_command() {
  Command command;
  command.name = "pin";
  command.summary = "Hold a Dockerfile's base images at what their tags mean today";
  command.examples =
      "  estiba pin\n"
      "  estiba pin --update docker/Dockerfile.release";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<PinOptions>();
    line.flag("--update", options->update, "Move what is pinned already, too");
    line.list("--build-arg", options->arguments, "NAME[=VALUE]", "Set an ARG that FROM lines use");
    line.optional_positional("DOCKERFILE", options->dockerfile,
                             "The file (default Dockerfile); DOCKERFILE.lock is written beside it");
    return [options](Session& session) { return pin(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
