#include "run/etc_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

constexpr std::string_view kLoopbackHosts =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

std::string host_file(const char* path) {
  if (!path_exists(path)) return {};
  return read_file(path, kMaxHostFileBytes);
}

bool names_host(std::string_view hosts, std::string_view hostname) {
  for (const std::string& line : split(hosts, '\n')) {
    std::string words = line.substr(0, line.find('#'));
    for (char& letter : words) {
      if (letter == '\t') letter = ' ';
    }
    const std::vector<std::string> fields = split(words, ' ');
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (fields[i] == hostname) return true;
    }
  }
  return false;
}

std::string hosts_text(const ContainerSpec& spec, const std::string& hostname) {
  std::string hosts = spec.network == NetworkMode::kHost ? host_file("/etc/hosts") : std::string();
  if (hosts.empty()) hosts = kLoopbackHosts;
  if (hosts.back() != '\n') hosts += '\n';
  for (const std::string& line : spec.hosts) hosts += line + "\n";
  const std::string gateway = spec.host_gateway.empty() ? "127.0.0.1" : spec.host_gateway;
  for (const ExtraHost& host : spec.host.extra_hosts) {
    hosts +=
        fmt::format("{}\t{}\n", host.address == "host-gateway" ? gateway : host.address, host.name);
  }
  if (!names_host(hosts, hostname)) hosts += fmt::format("127.0.1.1\t{}\n", hostname);
  return hosts;
}

// A resolver on the host's own loopback cannot be reached from another network.
bool is_loopback_server(const std::string& line) {
  const std::string_view text = trim(line);
  return text.starts_with("nameserver 127.") || text.starts_with("nameserver ::1");
}

std::string inherited_servers(NetworkMode network) {
  std::string text;
  for (const std::string& line : split(host_file("/etc/resolv.conf"), '\n')) {
    if (!line.starts_with("nameserver")) continue;
    if (network == NetworkMode::kPrivate && is_loopback_server(line)) continue;
    text += line + "\n";
  }
  return text;
}

// The lines of the host's file that begin with `key`.
std::string inherited_lines(std::string_view key) {
  std::string text;
  for (const std::string& line : split(host_file("/etc/resolv.conf"), '\n')) {
    if (line.starts_with(key)) text += line + "\n";
  }
  return text;
}

}  // namespace

std::string resolver_text(const ContainerSpec& spec) {
  const NameResolution& names = spec.host.names;
  const bool chosen = !names.servers.empty() || !names.search.empty() || !names.options.empty() ||
                      !spec.name_servers.empty();
  if (!chosen && spec.network == NetworkMode::kHost) return host_file("/etc/resolv.conf");
  if (!chosen && spec.network == NetworkMode::kNone) return {};
  std::string text;
  if (names.search.empty()) {
    text += inherited_lines("search");
  } else if (names.search != std::vector<std::string>{"."}) {
    text += "search " + join(names.search, " ") + "\n";
  }
  for (const std::string& server : spec.name_servers) text += "nameserver " + server + "\n";
  for (const std::string& server : names.servers) text += "nameserver " + server + "\n";
  if (names.servers.empty() && spec.name_servers.empty()) text += inherited_servers(spec.network);
  text += names.options.empty() ? inherited_lines("options")
                                : "options " + join(names.options, " ") + "\n";
  return text;
}

std::vector<BindMount> write_etc_files(const std::string& directory, const ContainerSpec& spec,
                                       const std::string& hostname) {
  std::vector<BindMount> mounts;
  const auto add = [&](const std::string& name, std::string_view text) {
    const std::string path = fmt::format("{}/{}", directory, name);
    // Readable by every user of the container, whatever our umask is.
    const UniqueFd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (::fchmod(file.get(), 0644) != 0) throw_errno("set the mode of " + path);
    write_all(file.get(), text, path);
    mounts.push_back({.source = path, .destination = "/etc/" + name});
  };
  add("hosts", hosts_text(spec, hostname));
  if (spec.has_hostname_file) add("hostname", hostname + "\n");
  add("resolv.conf", resolver_text(spec));
  return mounts;
}

}  // namespace estiba::run
