// Wires the program together: parse, prepare the process, run the command.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <optional>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/error_report.h"
#include "cli/session.h"
#include "fs/mount.h"
#include "fs/user_namespace.h"

namespace {

// An ordinary user becomes root over ids of his own. What does not mount does without where a host
// does not let him: only files of other owners are then out of its reach.
std::optional<estiba::fs::UserNamespace> leave_for_user_namespace(
    const estiba::cli::ParsedCommand& command) {
  if (command.stays_user || !estiba::fs::ordinary_user()) return {};
  const bool is_first = ::geteuid() != 0;
  try {
    auto entered = estiba::fs::UserNamespace::enter();
    if (is_first && command.mounts && estiba::fs::id_mapping() == estiba::fs::IdMapping::kOwnOnly) {
      std::fprintf(stderr,
                   "WARNING: there are no subordinate ids for you: all files of images belong to "
                   "root in containers\nhint: %s\n",
                   estiba::fs::hint_for_more_ids().c_str());
    }
    return entered;
  } catch (const estiba::Error&) {
    if (command.mounts) throw;
    return {};
  }
}

int run(const estiba::cli::ParsedCommand& command) {
  // Before any thread exists: a killed process must leave nothing mounted.
  const auto user_namespace = leave_for_user_namespace(command);
  if (command.mounts) estiba::fs::enter_private_mount_namespace();
  estiba::cli::Session session(command.globals);
  try {
    return command.run(session);
  } catch (const estiba::Error& error) {
    estiba::cli::report_error(error);
    const int stopped = session.stop_exit_code();
    return stopped != 0 ? stopped : estiba::cli::exit_code_of(error);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe is an error of the write, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  try {
    const auto outcome = estiba::cli::parse_command_line(estiba::cli::all_commands(), argc, argv);
    return outcome.command ? run(*outcome.command) : outcome.exit_code;
  } catch (const estiba::Error& error) {
    estiba::cli::report_error(error);
    return estiba::cli::exit_code_of(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "estiba: internal error: %s\n", error.what());
    return 1;
  }
}
