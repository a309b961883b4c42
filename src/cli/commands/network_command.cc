#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/template.h"
#include "run/network_memberships.h"
#include "run/network_store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct NetworkArguments {
  std::vector<std::string> names;
  std::vector<std::string> labels;
  std::vector<std::string> subnets;
  std::vector<std::string> gateways;
  std::string name;
  std::string driver = "bridge";
  std::string format;
  bool internal = false;
  bool ipv6 = false;
  bool quiet = false;
  bool force = false;
  bool no_trunc = false;
};

run::NetworkStore networks_of(const Session& session) {
  return run::NetworkStore(session.root());
}

int create_network(Session& session, const NetworkArguments& arguments) {
  if (arguments.driver != "bridge") {
    throw Error(ErrorCode::kNotFound, "network driver \"" + arguments.driver + "\" not found",
                "bridge is the one there is");
  }
  run::NetworkRequest request{.name = arguments.name,
                              .subnets = arguments.subnets,
                              .gateways = arguments.gateways,
                              .ipv6 = arguments.ipv6,
                              .internal = arguments.internal,
                              .labels = {}};
  for (const std::string& label : arguments.labels) {
    const std::size_t equals = label.find('=');
    request.labels[label.substr(0, equals)] =
        equals == std::string::npos ? std::string() : label.substr(equals + 1);
  }
  print_line(networks_of(session).create(request).id);
  return 0;
}

// host and none are no networks of ours, and are listed as docker lists them.
Json summary(const std::string& id, const std::string& name, const std::string& driver,
             const NetworkArguments& arguments) {
  return {{"ID", arguments.no_trunc ? id : id.substr(0, 12)},
          {"Name", name},
          {"Driver", driver},
          {"Scope", "local"}};
}

int list_networks(Session& session, const NetworkArguments& arguments) {
  std::vector<Json> rows;
  for (const run::NetworkDefinition& network : networks_of(session).list()) {
    rows.push_back(summary(network.id, network.name, "bridge", arguments));
  }
  rows.push_back(summary("e57ba0000001" + std::string(52, '0'), "host", "host", arguments));
  rows.push_back(summary("e57ba0000002" + std::string(52, '0'), "none", "null", arguments));
  Table table({"NETWORK ID", "NAME", "DRIVER", "SCOPE"});
  for (const Json& row : rows) {
    if (arguments.quiet) {
      print_line(row["ID"].get<std::string>());
    } else if (arguments.format == "json") {
      print_line(row.dump());
    } else if (!arguments.format.empty()) {
      print_line(Template(arguments.format).render(row.dump()));
    } else {
      table.add({row["ID"], row["Name"], row["Driver"], row["Scope"]});
    }
  }
  if (!arguments.quiet && arguments.format.empty()) print(table.render());
  return 0;
}

Json describe(const run::NetworkDefinition& network) {
  Json containers = Json::object();
  for (const run::NetworkMembership& member : run::NetworkMemberships().in_network(network.id)) {
    const std::string prefix = network.subnet.substr(network.subnet.find('/'));
    const std::string prefix6 =
        member.address6.empty() ? std::string() : network.subnet6.substr(network.subnet6.find('/'));
    containers[member.container_id] = {{"Name", member.container_name},
                                       {"IPv4Address", member.address + prefix},
                                       {"IPv6Address", member.address6 + prefix6}};
  }
  Json subnets = Json::array({{{"Subnet", network.subnet}, {"Gateway", network.gateway}}});
  if (!network.subnet6.empty()) {
    subnets.push_back({{"Subnet", network.subnet6}, {"Gateway", network.gateway6}});
  }
  return {{"Name", network.name},
          {"Id", network.id},
          {"Created", format_rfc3339(network.created)},
          {"Scope", "local"},
          {"Driver", "bridge"},
          {"EnableIPv6", !network.subnet6.empty()},
          {"IPAM", {{"Driver", "default"}, {"Config", std::move(subnets)}}},
          {"Internal", network.internal},
          {"Containers", std::move(containers)},
          {"Options", {{"com.docker.network.bridge.name", network.interface}}},
          {"Labels", network.labels}};
}

int inspect_networks(Session& session, const NetworkArguments& arguments) {
  Json all = Json::array();
  int exit_code = 0;
  for (const std::string& name : arguments.names) {
    try {
      all.push_back(describe(networks_of(session).find(name)));
    } catch (const Error& error) {
      report_error(error);
      exit_code = exit_code_of(error);
    }
  }
  if (arguments.format.empty()) {
    print_line(all.dump(4));
  } else {
    for (const Json& one : all) print_line(Template(arguments.format).render(one.dump()));
  }
  return exit_code;
}

void remove_network(Session& session, const run::NetworkDefinition& network) {
  run::NetworkMemberships memberships;
  memberships.sweep();
  const bool is_used = !memberships.in_network(network.id).empty();
  // Of one that every store has the store says so.
  if (is_used && network.name != run::kDefaultNetwork) {
    throw Error(ErrorCode::kConflict, "network " + network.name + " has active endpoints",
                "stop the containers that are in it");
  }
  networks_of(session).remove(network);
}

int remove_networks(Session& session, const NetworkArguments& arguments) {
  int exit_code = 0;
  for (const std::string& name : arguments.names) {
    try {
      remove_network(session, networks_of(session).find(name));
      print_line(name);
    } catch (const Error& error) {
      if (arguments.force && error.code() == ErrorCode::kNotFound) continue;
      report_error(error);
      exit_code = exit_code_of(error);
    }
  }
  return exit_code;
}

int prune_networks(Session& session, const NetworkArguments& arguments) {
  if (!arguments.force) {
    print_error("Nothing was removed; confirm with -f\n");
    return 1;
  }
  for (const run::NetworkDefinition& network : networks_of(session).list()) {
    if (network.name == run::kDefaultNetwork) continue;
    try {
      remove_network(session, network);
      print_line(network.name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kConflict) throw;  // in use: it stays
    }
  }
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
  line.list("--label", arguments.labels, "K[=V]", "Put a label on the network");
  line.positional("NAME", arguments.name, "The network's name");
}

void declare_list(CommandLine& line, NetworkArguments& arguments) {
  line.flag("-q,--quiet", arguments.quiet, "Show IDs only");
  line.flag("--no-trunc", arguments.no_trunc, "Show whole IDs");
  line.option("--format", arguments.format, "FORMAT", "json, or a Go template");
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
      subcommand("ls", "List networks", list_networks, declare_list),
      subcommand("inspect", "Show all about networks", inspect_networks,
                 [](CommandLine& line, NetworkArguments& arguments) {
                   line.option("-f,--format", arguments.format, "FORMAT", "A Go template");
                   line.positionals("NETWORK", arguments.names, "Networks", 1);
                 }),
      subcommand("rm", "Remove networks", remove_networks, declare_names),
      subcommand("reload", "Write the firewall's rules of networks again", reload_networks,
                 [](CommandLine&, NetworkArguments&) {}),
      subcommand("prune", "Remove all networks without containers", prune_networks,
                 [](CommandLine& line, NetworkArguments& arguments) {
                   line.flag("-f,--force", arguments.force, "Do not ask");
                 })};
  return group;
}

}  // namespace estiba::cli
