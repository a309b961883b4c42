// A running container has these files mounted one by one: they are written in place, as another
// file of the name would not be theirs.
#include "run/network_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/fd.h"
#include "run/etc_files.h"
#include "run/limits.h"
#include "run/run_options.h"

namespace estiba::run {
namespace {

ContainerSpec spec_with(const std::vector<NetworkMembership>& memberships,
                        const RunOptions& options, const std::string& hostname) {
  ContainerSpec spec;
  spec.hostname = hostname;
  spec.host = options.host;
  describe_networks(memberships, options, spec);
  return spec;
}

void write_in_place(const std::string& path, const std::string& text) {
  const UniqueFd file = open_file(path, O_WRONLY | O_TRUNC);
  write_all(file.get(), text, path);
}

void remove_line(std::string& text, const std::string& line) {
  const std::size_t found = text.find(line + "\n");
  if (found != std::string::npos && (found == 0 || text[found - 1] == '\n')) {
    text.erase(found, line.size() + 1);
  }
}

}  // namespace

void describe_networks(const std::vector<NetworkMembership>& memberships, const RunOptions& options,
                       ContainerSpec& spec) {
  spec.network = NetworkMode::kPrivate;
  std::string names = spec.hostname;
  if (!options.name.empty() && options.name != spec.hostname) names += " " + options.name;
  for (const NetworkMembership& member : memberships) {
    spec.hosts.push_back(fmt::format("{}\t{}", member.address, names));
    if (!member.address6.empty()) {
      spec.hosts.push_back(fmt::format("{}\t{}", member.address6, names));
    }
    if (member.network.resolves_names) spec.name_servers.push_back(member.network.gateway);
    if (spec.host_gateway.empty()) spec.host_gateway = member.network.gateway;
  }
}

void change_network_files(const std::string& bundle, const RunOptions& options,
                          const std::string& hostname, const NetworkFilesChange& change) {
  const ContainerSpec before = spec_with(change.before, options, hostname);
  const ContainerSpec after = spec_with(change.after, options, hostname);
  const std::string resolver = bundle + "/resolv.conf";
  if (read_file(resolver, kMaxHostFileBytes) == resolver_text(before)) {
    write_in_place(resolver, resolver_text(after));
  }
  std::string hosts = read_file(bundle + "/hosts", kMaxHostFileBytes);
  for (const std::string& line : before.hosts) remove_line(hosts, line);
  for (const std::string& line : after.hosts) hosts += line + "\n";
  write_in_place(bundle + "/hosts", hosts);
}

}  // namespace estiba::run
