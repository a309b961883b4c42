#include "run/network_engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "fs/temp.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

// Not on anybody's PATH: where Debian, and where others install them.
std::string engine_program(const std::string& name) {
  for (const char* directory : {"/usr/lib/podman/", "/usr/libexec/podman/"}) {
    if (path_exists(directory + name)) return directory + name;
  }
  if (auto program = find_program(name)) return *program;
  throw Error(ErrorCode::kUnsupported, fmt::format("the network engine {} is not installed", name),
              "install it (apt-get install netavark aardvark-dns iptables), or use --network host");
}

Json request(const NetworkMembership& membership) {
  const NetworkDefinition& network = membership.network;
  const std::string name = network.engine_name();
  Json ports = Json::array();
  for (const PortMapping& port : membership.ports) {
    ports.push_back({{"host_ip", port.host_ip},
                     {"host_port", port.host_port},
                     {"container_port", port.container_port},
                     {"protocol", port.protocol},
                     {"range", 1}});
  }
  return {{"container_id", membership.container_id},
          {"container_name", membership.container_name},
          {"port_mappings", std::move(ports)},
          {"networks",
           {{name,
             {{"static_ips", {membership.address}},
              {"interface_name", membership.interface},
              {"aliases", membership.aliases}}}}},
          {"network_info",
           {{name,
             {{"name", name},
              {"id", network.id},
              {"driver", "bridge"},
              {"network_interface", network.interface},
              {"subnets", {{{"subnet", network.subnet}, {"gateway", network.gateway}}}},
              {"ipv6_enabled", false},
              {"internal", network.internal},
              {"dns_enabled", network.resolves_names},
              {"ipam_options", {{"driver", "host-local"}}}}}}}};
}

std::string reason_in(const CapturedOutput& output) {
  try {
    return Json::parse(output.standard_output).at("error").get<std::string>();
  } catch (const Json::exception&) {
    return std::string(trim(output.standard_error));
  }
}

// What the engine's complaint means for the host.
std::string remedy_for(const std::string& reason) {
  if (reason.find("iptables") != std::string::npos) {
    return "the kernel or the program iptables lacks NAT (nf_tables with nft_compat, or ip_tables "
           "and iptable_nat): --network host works without";
  }
  if (reason.find("Operation not supported") != std::string::npos) {
    return "the kernel lacks bridges or veth interfaces: --network host works without";
  }
  return "--network host works without";
}

CapturedOutput run_engine(const char* command, const NetworkMembership& membership,
                          const std::string& network_namespace) {
  const std::string state = network_state_directory() + "/engine";
  make_directories(state, 0700);
  const std::string path = fmt::format("{}/request-{}", state, random_hex(8));
  UniqueFd input = open_file(path, O_RDWR | O_CREAT | O_EXCL);
  ::unlink(path.c_str());
  write_all(input.get(), request(membership).dump(), path);
  if (::lseek(input.get(), 0, SEEK_SET) != 0) throw_errno("rewind " + path);
  ProcessOptions options;
  options.argv = {engine_program("netavark"),
                  "--config",
                  state,
                  "--aardvark-binary",
                  engine_program("aardvark-dns"),
                  command,
                  network_namespace};
  options.stdin_fd = input.get();
  return run_captured(std::move(options));
}

}  // namespace

std::string network_state_directory() {
  return "/run/estiba/networks";
}

void join_network(const NetworkMembership& membership, const std::string& network_namespace) {
  const CapturedOutput output = run_engine("setup", membership, network_namespace);
  if (output.status.success()) return;
  const std::string reason = reason_in(output);
  throw Error(ErrorCode::kUnsupported,
              fmt::format("cannot attach the container to the network {}: {}",
                          membership.network.name, reason),
              remedy_for(reason));
}

void leave_network(const NetworkMembership& membership, const std::string& network_namespace) {
  // It fails when an interface is gone already, after everything else was taken away.
  (void)run_engine("teardown", membership, network_namespace);
}

}  // namespace estiba::run
