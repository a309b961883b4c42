// iptables rather than a table of nftables' own: where docker, ufw or firewalld have made dropping
// the default of FORWARD, an ACCEPT in another table would not count. All is written with one
// iptables-restore, which replaces our chains in one transaction (4 ms); what stands is remembered
// in /run, and a container without published ports changes nothing.
#include "run/firewall.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "fs/lock.h"
#include "run/ipv6.h"
#include "run/limits.h"
#include "run/replace_file.h"

namespace estiba::run {
namespace {

enum class Family { kIpv4, kIpv6 };

constexpr std::array<const char*, 2> kPrograms = {"iptables", "ip6tables"};

const char* program_of(Family family) {
  return kPrograms[static_cast<std::size_t>(family)];
}

std::string remembered_path(Family family) {
  return fmt::format("{}/{}", network_state_directory(), program_of(family));
}

// Each network once: the default one, and those that have members.
std::map<std::string, NetworkDefinition> networks_of(
    const std::vector<NetworkMembership>& members) {
  std::map<std::string, NetworkDefinition> networks;
  const NetworkDefinition standard = default_network();
  networks[standard.id] = standard;
  for (const NetworkMembership& member : members) networks[member.network.id] = member.network;
  return networks;
}

std::string filter_rules(Family family, const std::map<std::string, NetworkDefinition>& networks) {
  std::string rules = "*filter\n:ESTIBA-FORWARD - [0:0]\n:ESTIBA-INPUT - [0:0]\n";
  for (const auto& [id, network] : networks) {
    const std::string& bridge = network.interface;
    rules += fmt::format("-A ESTIBA-FORWARD -i {0} -o {0} -j ACCEPT\n", bridge);
    if (!network.internal) continue;
    rules += fmt::format("-A ESTIBA-FORWARD -i {} -j DROP\n", bridge);
    rules += fmt::format("-A ESTIBA-FORWARD -o {} -j DROP\n", bridge);
  }
  // Into a network leads an answer or a published port; neither the world nor another network.
  rules +=
      "-A ESTIBA-FORWARD -o es-+ -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT\n"
      "-A ESTIBA-FORWARD -o es-+ -j DROP\n"
      "-A ESTIBA-FORWARD -i es-+ -j ACCEPT\n";
  if (family == Family::kIpv4) {
    // route_localnet opens the host's loopback to its neighbours (CVE-2020-8558).
    rules +=
        "-A ESTIBA-INPUT -i es-+ -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED "
        "-j DROP\n";
  }
  rules +=
      "-A ESTIBA-INPUT -i es-+ -p udp -m udp --dport 53 -j ACCEPT\n"
      "-A ESTIBA-INPUT -i es-+ -p tcp -m tcp --dport 53 -j ACCEPT\n";
  return rules;
}

bool is_for(Family family, const PortMapping& port) {
  return port.host_ip.empty() || is_ipv6(port.host_ip) == (family == Family::kIpv6);
}

std::string port_rules(Family family, const std::vector<NetworkMembership>& members) {
  std::string rules;
  for (const NetworkMembership& member : members) {
    const std::string address = family == Family::kIpv4   ? member.address
                                : member.address6.empty() ? std::string()
                                                          : "[" + member.address6 + "]";
    if (address.empty() || member.network.internal) continue;
    for (const PortMapping& port : member.ports) {
      if (!is_for(family, port)) continue;
      const bool is_any = port.host_ip.empty() || port.host_ip == "0.0.0.0" || port.host_ip == "::";
      rules +=
          fmt::format("-A ESTIBA-PORTS {}-p {} -m {} --dport {} -j DNAT --to-destination {}:{}\n",
                      is_any ? std::string() : "-d " + port.host_ip + " ", port.protocol,
                      port.protocol, port.host_port, address, port.container_port);
    }
  }
  return rules;
}

std::string translation_rules(Family family,
                              const std::map<std::string, NetworkDefinition>& networks) {
  std::string rules;
  for (const auto& [id, network] : networks) {
    const std::string& subnet = family == Family::kIpv4 ? network.subnet : network.subnet6;
    if (subnet.empty() || network.internal) continue;
    const char* const groups = family == Family::kIpv4 ? "224.0.0.0/4" : "ff00::/8";
    // A container that reaches a neighbour, or itself, by the host's port gets its answer there.
    rules += fmt::format("-A ESTIBA-NAT -s {} -o {} -m conntrack --ctstate DNAT -j MASQUERADE\n",
                         subnet, network.interface);
    rules += fmt::format("-A ESTIBA-NAT -s {} ! -d {} ! -o {} -j MASQUERADE\n", subnet, groups,
                         network.interface);
  }
  if (family == Family::kIpv4) rules += "-A ESTIBA-NAT -s 127.0.0.0/8 -o es-+ -j MASQUERADE\n";
  return rules;
}

struct Jump {
  const char* table;
  const char* rule;  // as iptables-save writes it, too
  bool first;        // before what others have put there
};

std::vector<Jump> jumps(Family family) {
  // What comes from outside and is for 127.0.0.1 must not be led to a container.
  const char* const arriving =
      family == Family::kIpv4
          ? "PREROUTING ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j ESTIBA-PORTS"
          : "PREROUTING -m addrtype --dst-type LOCAL -j ESTIBA-PORTS";
  return {{"filter", "FORWARD -j ESTIBA-FORWARD", true},
          {"filter", "INPUT -j ESTIBA-INPUT", true},
          {"nat", arriving, false},
          {"nat", "OUTPUT -m addrtype --dst-type LOCAL -j ESTIBA-PORTS", false},
          {"nat", "POSTROUTING -j ESTIBA-NAT", false}};
}

[[noreturn]] void throw_firewall_error(Family family, const CapturedOutput& output) {
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{} cannot write the rules of the networks: {}", program_of(family),
                  trim(output.standard_error)),
      "the kernel or the program iptables lacks NAT (nf_tables with nft_compat, or ip_tables "
      "and iptable_nat): --network host works without");
}

CapturedOutput run_firewall(Family family, const char* suffix, std::vector<std::string> arguments,
                            std::string_view input) {
  const auto program = find_program(std::string(program_of(family)) + suffix);
  if (!program) {
    throw Error(ErrorCode::kUnsupported, "iptables is not installed, which networks need",
                "install it (apt-get install iptables), or use --network host");
  }
  const std::string path = fmt::format("{}/rules-{}", network_state_directory(), random_hex(8));
  const UniqueFd file = open_file(path, O_RDWR | O_CREAT | O_EXCL);
  ::unlink(path.c_str());
  write_all(file.get(), input, path);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw_errno("rewind " + path);
  ProcessOptions options;
  options.argv = std::move(arguments);
  options.argv.insert(options.argv.begin(), *program);
  options.stdin_fd = file.get();
  CapturedOutput output = run_captured(std::move(options));
  if (!output.status.success()) throw_firewall_error(family, output);
  return output;
}

// The kernel's chains lead to ours; of what leads there already nothing is added.
std::string missing_jumps(Family family, std::string_view table) {
  const std::string saved =
      run_firewall(family, "-save", {"-t", std::string(table)}, "").standard_output;
  std::string rules;
  for (const Jump& jump : jumps(family)) {
    if (jump.table != table || saved.find(fmt::format("-A {}\n", jump.rule)) != std::string::npos) {
      continue;
    }
    rules += fmt::format("-{} {}\n", jump.first ? "I" : "A", jump.rule);
  }
  return rules;
}

// Rules are of one network namespace, and of one run of the host.
std::string place() {
  struct stat status = {};
  if (::stat("/proc/self/ns/net", &status) != 0) throw_errno("look at our network namespace");
  return fmt::format("# {} {}\n", fs::ProcessIdentity::current().boot_id, status.st_ino);
}

void write_family(Family family, const std::vector<NetworkMembership>& members) {
  const auto networks = networks_of(members);
  const std::string filter = filter_rules(family, networks);
  const std::string translation = "*nat\n:ESTIBA-PORTS - [0:0]\n:ESTIBA-NAT - [0:0]\n" +
                                  port_rules(family, members) + translation_rules(family, networks);
  const std::string here = place();
  const std::string wanted = here + filter + translation;
  const std::string path = remembered_path(family);
  const std::string standing = path_exists(path) ? read_file(path, kMaxFirewallBytes) : "";
  if (standing == wanted) return;
  const bool is_led_here = standing.starts_with(here);
  run_firewall(family, "-restore", {"--noflush", "--wait"},
               filter + (is_led_here ? "" : missing_jumps(family, "filter")) + "COMMIT\n" +
                   translation + (is_led_here ? "" : missing_jumps(family, "nat")) + "COMMIT\n");
  replace_file(path, wanted, network_state_directory());
}

}  // namespace

void write_firewall(const std::vector<NetworkMembership>& members) {
  write_family(Family::kIpv4, members);
  const bool has_ipv6 = std::ranges::any_of(
      members, [](const NetworkMembership& member) { return !member.address6.empty(); });
  if (has_ipv6 || path_exists(remembered_path(Family::kIpv6))) {
    write_family(Family::kIpv6, members);
  }
}

void forget_firewall() {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    ::unlink(remembered_path(family).c_str());
  }
}

}  // namespace estiba::run
