#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/registry_name.h"
#include "cli/session.h"
#include "client/credentials.h"

namespace estiba::cli {
namespace {

int log_out(Session& session, const std::string& server) {
  const std::string registry = registry_name(server);
  client::CredentialStore credentials = session.credentials();
  const bool known = credentials.erase(registry, session.stop());
  print_line(known ? "Removing login credentials for " + registry : "Not logged in to " + registry);
  return 0;
}

}  // namespace

Command logout_command() {
  Command command;
  command.name = "logout";
  command.stays_user = true;
  command.summary = "Log out from a registry";
  command.examples = "  estiba logout registry.example.com";
  command.declare = [](CommandLine& line) -> Runner {
    auto server = std::make_shared<std::string>();
    line.optional_positional("SERVER", *server, "The registry; docker.io if not given");
    return [server](Session& session) { return log_out(session, *server); };
  };
  return command;
}

}  // namespace estiba::cli
