#include "build/steps/failure_shell.h"

#include <unistd.h>

#include <cstdlib>

#include "base/fd.h"
#include "run/runtime.h"
#include "run/terminal.h"

namespace estiba::build {

void run_shell(const StepContext& context, const Vertex& vertex, run::ContainerSpec spec,
               const std::string& bundle) {
  context.observer.step_opens_shell(vertex.step);
  spec.id = run::new_container_id();
  spec.arguments = {"/bin/sh"};
  spec.terminal = run::is_terminal(STDIN_FILENO) && run::is_terminal(STDOUT_FILENO);
  if (const char* kind = std::getenv("TERM"); spec.terminal && kind != nullptr) {
    spec.environment.push_back(std::string("TERM=") + kind);
  }
  try {
    // Not stopped with the other steps; a Ctrl-C on the terminal is the shell's.
    context.environment.runtime.run(
        spec, {.stdin_fd = STDIN_FILENO, .stdout_fd = STDOUT_FILENO, .stderr_fd = STDERR_FILENO},
        bundle, {});
  } catch (const run::StartError& error) {
    context.observer.warning("no shell could be opened: " + error.message());
  }
}

void open_shell_below(const StepContext& context, const Vertex& vertex, const ImageConfig& base) {
  store::Store& store = context.environment.store;
  fs::TemporaryDirectory state = store.temporary_directory();
  {
    // Not by `context.stop`: the other steps have been stopped.
    const store::Snapshot snapshot =
        context.environment.mounter.mount_writable(base.diff_ids, state.path(), {});
    const std::string bundle = state.path() + "/shell";
    make_directories(bundle, 0700);
    run::ContainerSpec spec;
    spec.root_directory = snapshot.path();
    spec.environment = vertex.config.environment;
    spec.working_directory = vertex.config.working_directory;
    spec.user = vertex.config.user;
    spec.has_hostname_file = false;
    spec.host.extra_hosts = context.options.run.extra_hosts;
    run_shell(context, vertex, std::move(spec), bundle);
  }
  store.discard_tree(state.release());
}

}  // namespace estiba::build
