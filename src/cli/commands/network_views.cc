#include "cli/commands/network_views.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "cli/labels.h"
#include "cli/list_filter.h"
#include "cli/listing.h"
#include "cli/object_views.h"
#include "cli/session.h"
#include "run/network_memberships.h"
#include "run/network_store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct NetworkListArguments {
  ListStyle style;
  bool no_trunc = false;
  std::vector<std::string> filters;
};

struct NetworkInspectArguments {
  std::vector<std::string> names;
  std::string format;
};

struct ListedNetwork {
  run::NetworkDefinition definition;
  std::string driver = "bridge";
};

// host and none are no networks of ours, and are listed as docker lists them.
std::vector<ListedNetwork> listed_networks(Session& session) {
  std::vector<ListedNetwork> listed;
  for (run::NetworkDefinition& network : run::NetworkStore(session.root()).list()) {
    listed.push_back({std::move(network)});
  }
  listed.push_back({{.name = "host", .id = "e57ba0000001" + std::string(52, '0')}, "host"});
  listed.push_back({{.name = "none", .id = "e57ba0000002" + std::string(52, '0')}, "null"});
  return listed;
}

bool is_built_in(const ListedNetwork& network) {
  return network.driver != "bridge" || network.definition.name == run::kDefaultNetwork;
}

bool is_used(const ListedNetwork& network) {
  return is_built_in(network) ||
         !run::NetworkMemberships().in_network(network.definition.id).empty();
}

bool network_fits(const ListedNetwork& network, const std::string& key, const std::string& value) {
  if (key == "name") return network.definition.name.find(value) != std::string::npos;
  if (key == "id") return network.definition.id.find(value) != std::string::npos;
  if (key == "driver") return network.driver == value;
  if (key == "scope") return value == "local";
  if (key == "type") return value == (is_built_in(network) ? "builtin" : "custom");
  return is_used(network) != filter_flag(key, value);  // dangling
}

int list_networks(Session& session, const NetworkListArguments& arguments) {
  const ListFilter filter(arguments.filters,
                          {"name", "id", "driver", "scope", "type", "dangling", "label", "label!"});
  Listing listing({{"ID", "NETWORK ID"},
                   {"Name", "NAME"},
                   {"Driver", "DRIVER"},
                   {"Scope", "SCOPE"},
                   {"IPv6", "IPV6", false},
                   {"Internal", "INTERNAL", false},
                   {"Labels", "LABELS", false},
                   {"CreatedAt", "CREATED AT", false}},
                  "ID");
  for (const ListedNetwork& listed : listed_networks(session)) {
    const run::NetworkDefinition& network = listed.definition;
    const auto fits = [&](const std::string& key, const std::string& value) {
      return network_fits(listed, key, value);
    };
    if (!filter.accepts(network.labels, fits)) continue;
    const Json row = {{"CreatedAt", format_rfc3339(network.created)},
                      {"Driver", listed.driver},
                      {"ID", arguments.no_trunc ? network.id : network.id.substr(0, 12)},
                      {"IPv6", network.subnet6.empty() ? "false" : "true"},
                      {"Internal", network.internal ? "true" : "false"},
                      {"Labels", labels_text(network.labels)},
                      {"Name", network.name},
                      {"Scope", "local"}};
    listing.add(row.dump());
  }
  listing.print_as(arguments.style);
  return 0;
}

}  // namespace

Command network_list_command() {
  Command command;
  command.name = "ls";
  command.summary = "List networks";
  command.examples = "  estiba network ls --filter type=custom -q";
  command.mounts = true;
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<NetworkListArguments>();
    line.flag("-q,--quiet", arguments->style.quiet, "Show IDs only");
    line.flag("--no-trunc", arguments->no_trunc, "Show whole IDs");
    line.option("--format", arguments->style.format, "FORMAT", "json, table, or a Go template");
    line.list("-f,--filter", arguments->filters, "KEY=VALUE",
              "name=, id=, label=, driver=, scope=, type=custom|builtin, dangling=");
    return [arguments](Session& session) { return list_networks(session, *arguments); };
  };
  return command;
}

Command network_inspect_command() {
  Command command;
  command.name = "inspect";
  command.summary = "Show all about networks";
  command.mounts = true;
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<NetworkInspectArguments>();
    line.option("-f,--format", arguments->format, "FORMAT", "json, or a Go template");
    line.positionals("NETWORK", arguments->names, "Networks", 1);
    return [arguments](Session& session) {
      return print_objects(arguments->names, arguments->format, [&](const std::string& name) {
        return describe_network(run::NetworkStore(session.root()).find(name));
      });
    };
  };
  return command;
}

}  // namespace estiba::cli
