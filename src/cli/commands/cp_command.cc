#include <unistd.h>

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/container_copy.h"
#include "run/container_root.h"
#include "run/events.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct CopyArguments {
  bool archive = false;
  bool follow = false;
  bool quiet = false;
  std::string source;
  std::string destination;
};

// "CONTAINER:PATH"; what begins with "/" or "." is a path of ours whatever it contains.
struct NamedPath {
  std::string container;  // empty: ours
  std::string path;
};

NamedPath parse_named_path(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || text.starts_with('/') || text.starts_with('.')) {
    return {.container = {}, .path = text};
  }
  return {.container = text.substr(0, colon), .path = text.substr(colon + 1)};
}

// Relative to where we are; "/." and "/" at its end stay.
std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  return std::filesystem::current_path().native() + "/" + path;
}

void copy_out(Session& session, const run::Container& container, const NamedPath& from,
              const CopyArguments& arguments) {
  const run::ContainerRoot root(session.store(), session.mounter(), container);
  const run::CopyPlace source{root.directory(), from.path, arguments.source};
  const run::CopyFlags flags{
      .follows_link = arguments.follow,
      .owner = arguments.archive ? run::CopiedOwner::kKept : run::CopiedOwner::kOurs};
  if (arguments.destination == "-") {
    if (is_terminal(STDOUT_FILENO)) {
      throw Error(ErrorCode::kInvalidArgument, "refusing to write a tar archive to a terminal",
                  "redirect the output to a file or a pipe");
    }
    FdSink output(STDOUT_FILENO, "standard output");
    return run::copy_to_tar(source, output, flags);
  }
  const fs::RootDir ours = fs::RootDir::open("/");
  run::copy_between(source, {ours, absolute(arguments.destination), arguments.destination}, flags);
  run::record_event(session.root(), container, "archive-path");
}

void copy_in(Session& session, const run::Container& container, const NamedPath& to,
             const CopyArguments& arguments) {
  const run::ContainerRoot root(session.store(), session.mounter(), container);
  const run::CopyPlace target{root.directory(), to.path, arguments.destination};
  if (arguments.source == "-") {
    FdSource input(duplicate(STDIN_FILENO), "standard input");
    run::copy_from_tar(input, target);
  } else {
    const fs::RootDir ours = fs::RootDir::open("/");
    run::copy_between(
        {ours, absolute(arguments.source), arguments.source}, target,
        {.follows_link = arguments.follow,
         .owner = arguments.archive ? run::CopiedOwner::kKept : run::CopiedOwner::kOurs});
  }
  run::record_event(session.root(), container, "extract-to-dir");
}

int copy_files(Session& session, const CopyArguments& arguments) {
  const NamedPath from = parse_named_path(arguments.source);
  const NamedPath to = parse_named_path(arguments.destination);
  if (!from.container.empty() && !to.container.empty()) {
    throw Error(ErrorCode::kUnsupported, "copying between containers is not supported");
  }
  if (from.container.empty() && to.container.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "must specify at least one container source");
  }
  const bool is_out = !from.container.empty();
  const run::Container container =
      run::Containers(session.store()).find(is_out ? from.container : to.container);
  is_out ? copy_out(session, container, from, arguments)
         : copy_in(session, container, to, arguments);
  return 0;
}

}  // namespace

Command cp_command() {
  Command command;
  command.name = "cp";
  command.summary = "Copy files between a container and here; - is a tar archive in a pipe";
  command.mounts = true;
  command.examples =
      "  estiba cp web:/var/log/app.log .\n"
      "  estiba cp site/. web:/srv\n"
      "  estiba cp web:/etc - | tar -t";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<CopyArguments>();
    line.flag("-a,--archive", arguments->archive, "Keep the owners of files");
    line.flag("-L,--follow-link", arguments->follow, "Copy what a link at SRC names");
    line.flag("-q,--quiet", arguments->quiet, "Accepted for docker's sake: nothing is said");
    line.positional("[CONTAINER:]SRC", arguments->source, "From where");
    line.positional("[CONTAINER:]DEST", arguments->destination, "To where");
    return [arguments](Session& session) { return copy_files(session, *arguments); };
  };
  return command;
}

}  // namespace estiba::cli
