#include "base/error.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/network_views.h"
#include "cli/confirm.h"
#include "cli/error_report.h"
#include "cli/labels.h"
#include "cli/network_flags.h"
#include "cli/output.h"
#include "cli/prunes.h"
#include "cli/session.h"
#include "run/events.h"
#include "run/network_connection.h"
#include "run/network_memberships.h"
#include "run/network_store.h"

namespace estiba::cli {
namespace {

struct NetworkArguments {
  std::vector<std::string> names;
  std::vector<std::string> labels;
  std::vector<std::string> subnets;
  std::vector<std::string> gateways;
  std::vector<std::string> filters;
  std::vector<std::string> options;
  run::NetworkEndpoint endpoint;
  std::string name;
  std::string driver = "bridge";
  bool internal = false;
  bool ipv6 = false;
  bool force = false;
};

run::NetworkStore networks_of(const Session& session) {
  return run::NetworkStore(session.root());
}

int create_network(Session& session, const NetworkArguments& arguments) {
  if (arguments.driver != "bridge") {
    throw Error(ErrorCode::kNotFound, "network driver \"" + arguments.driver + "\" not found",
                "bridge is the one there is");
  }
  if (!arguments.options.empty()) {
    throw Error(ErrorCode::kUnsupported,
                "the bridge driver knows no option \"" + arguments.options.front() + "\"",
                "leave it out: the bridge's name, MTU and address translation are estiba's");
  }
  const run::NetworkRequest request{.name = arguments.name,
                                    .subnets = arguments.subnets,
                                    .gateways = arguments.gateways,
                                    .ipv6 = arguments.ipv6,
                                    .internal = arguments.internal,
                                    .labels = parse_labels(arguments.labels)};
  const run::NetworkDefinition made = networks_of(session).create(request);
  run::record_network_event(session.root(), made, "create", "");
  print_line(made.id);
  return 0;
}

int remove_networks(Session& session, const NetworkArguments& arguments) {
  int exit_code = 0;
  for (const std::string& name : arguments.names) {
    try {
      remove_unused_network(session, networks_of(session).find(name));
      print_line(name);
    } catch (const Error& error) {
      if (arguments.force && error.code() == ErrorCode::kNotFound) continue;
      report_error(error);
      exit_code = exit_code_of(error);
    }
  }
  return exit_code;
}

int ask_and_prune(Session& session, const NetworkArguments& arguments) {
  const ListFilter filter(arguments.filters, {"label", "label!", "until"});
  if (!confirmed(arguments.force,
                 "This will remove all custom networks not used by at least one container.")) {
    return 1;
  }
  const std::vector<std::string> removed = prune_networks(session, filter);
  if (!removed.empty()) print("Deleted Networks:\n" + join(removed, "\n") + "\n\n");
  return 0;
}

int connect_container(Session& session, const NetworkArguments& arguments) {
  run::NetworkEndpoint endpoint = arguments.endpoint;
  endpoint.network = arguments.name;
  check_endpoint(endpoint);
  const run::Container container = run::Containers(session.store()).find(arguments.names.front());
  run::connect_network(session.root(), container, endpoint);
  return 0;
}

int disconnect_container(Session& session, const NetworkArguments& arguments) {
  const run::Container container = run::Containers(session.store()).find(arguments.names.front());
  run::disconnect_network(session.root(), container, arguments.name);
  return 0;
}

int reload_networks(Session&, const NetworkArguments&) {
  run::NetworkMemberships memberships;
  memberships.sweep();
  memberships.reload();
  return 0;
}

using Action = int (*)(Session&, const NetworkArguments&);

Command subcommand(const std::string& name, const std::string& summary_text, Action action,
                   std::function<void(CommandLine&, NetworkArguments&)> declare) {
  Command command;
  command.name = name;
  command.summary = summary_text;
  command.mounts = true;  // what killed processes left is taken away from inside a namespace
  command.declare = [action, declare = std::move(declare)](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<NetworkArguments>();
    declare(line, *arguments);
    return [arguments, action](Session& session) { return action(session, *arguments); };
  };
  return command;
}

void declare_create(CommandLine& line, NetworkArguments& arguments) {
  line.option("-d,--driver", arguments.driver, "bridge", "The kind of network");
  line.list("--subnet", arguments.subnets, "10.5.0.0/24", "Its addresses; one of IPv6 beside it");
  line.list("--gateway", arguments.gateways, "IP", "The host's address in it");
  line.flag("--ipv6", arguments.ipv6, "IPv6 addresses too");
  line.flag("--internal", arguments.internal, "It leads nowhere but to its members");
  line.list("-o,--opt", arguments.options, "K=V", "Options of the driver, which has none");
  line.list("--label", arguments.labels, "K[=V]", "Put a label on the network");
  line.positional("NAME", arguments.name, "The network's name");
}

void declare_connect(CommandLine& line, NetworkArguments& arguments) {
  run::NetworkEndpoint& endpoint = arguments.endpoint;
  line.list("--alias", endpoint.aliases, "NAME", "A further name in the network");
  line.option("--ip", endpoint.address, "IP", "The container's address in the network");
  line.option("--ip6", endpoint.address6, "IP", "Its IPv6 address in the network");
  line.option("--gw-priority", endpoint.gateway_priority, "N",
              "The network with the highest leads the container outside");
  line.positional("NETWORK", arguments.name, "The network");
  line.positionals("CONTAINER", arguments.names, "The container", 1);
}

void declare_names(CommandLine& line, NetworkArguments& arguments) {
  line.flag("-f,--force", arguments.force, "Names that do not exist are no error");
  line.positionals("NETWORK", arguments.names, "Networks", 1);
}

}  // namespace

Command network_command() {
  Command group;
  group.name = "network";
  group.summary = "Manage the networks of containers";
  group.subcommands = {
      subcommand("create", "Make a network", create_network, declare_create),
      subcommand("connect", "Put a container into a network, too", connect_container,
                 declare_connect),
      subcommand("disconnect", "Take a container out of a network", disconnect_container,
                 [](CommandLine& line, NetworkArguments& arguments) {
                   line.flag("-f,--force", arguments.force, "Accepted for docker's sake");
                   line.positional("NETWORK", arguments.name, "The network");
                   line.positionals("CONTAINER", arguments.names, "The container", 1);
                 }),
      network_list_command(),
      network_inspect_command(),
      subcommand("rm", "Remove networks", remove_networks, declare_names),
      subcommand("reload", "Write the firewall's rules of networks again", reload_networks,
                 [](CommandLine&, NetworkArguments&) {}),
      subcommand("prune", "Remove all networks without containers", ask_and_prune,
                 [](CommandLine& line, NetworkArguments& arguments) {
                   line.flag("-f,--force", arguments.force, "Do not ask");
                   line.list("--filter", arguments.filters, "KEY=VALUE", "label=, label!=, until=");
                 })};
  return group;
}

}  // namespace estiba::cli
