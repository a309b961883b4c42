#include <fmt/format.h>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/container_network.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct PortArguments {
  std::string name;
  std::string port;
};

int show_ports(Session& session, const PortArguments& arguments) {
  const run::Container container = run::Containers(session.store()).find(arguments.name);
  const bool has_protocol = arguments.port.find('/') != std::string::npos;
  const std::string wanted = has_protocol ? arguments.port : arguments.port + "/tcp";
  bool found = false;
  for (const run::PortMapping& port : published_ports(container)) {
    const std::string inside = fmt::format("{}/{}", port.container_port, port.protocol);
    if (arguments.port.empty()) {
      for (const std::string& side : host_sides(port)) print_line(inside + " -> " + side);
    } else if (inside == wanted) {
      for (const std::string& side : host_sides(port)) print_line(side);
      found = true;
    }
  }
  if (arguments.port.empty() || found) return 0;
  throw Error(ErrorCode::kNotFound,
              fmt::format("No public port '{}' published for {}", wanted, arguments.name));
}

}  // namespace

Command port_command() {
  Command command;
  command.name = "port";
  command.summary = "Show which ports of the host lead to a container";
  command.examples = "  estiba port web\n  estiba port web 80/tcp";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<PortArguments>();
    line.positional("CONTAINER", arguments->name, "Name or ID");
    line.optional_positional("PORT[/PROTOCOL]", arguments->port, "One of its ports");
    return [arguments](Session& session) { return show_ports(session, *arguments); };
  };
  return command;
}

}  // namespace estiba::cli
