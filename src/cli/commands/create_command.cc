#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/run_arguments.h"
#include "cli/session.h"
#include "run/containers.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

int create_container(Session& session, const RunArguments& arguments) {
  run::RunOptions wanted = to_run_options(arguments);
  wanted.input_ends_with_client = wanted.interactive;
  const store::Image image = find_image(session, arguments);
  check_id_file(arguments);
  const run::Container container = run::Containers(session.store()).create(image, wanted);
  write_id_file(arguments, container.id);
  print_line(container.id);
  return 0;
}

}  // namespace

Command create_command() {
  Command command;
  command.name = "create";
  command.summary = "Create a container without starting it";
  command.mounts = true;  // a hybrid host's cgroups are looked at in a namespace of our own
  command.examples = "  estiba create --name web demo && estiba start web";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<RunArguments>();
    declare_run_arguments(line, *arguments);
    return [arguments](Session& session) { return create_container(session, *arguments); };
  };
  return command;
}

}  // namespace estiba::cli
