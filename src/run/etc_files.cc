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

std::string hosts_text(const std::string& hostname, NetworkMode network,
                       const std::vector<ExtraHost>& extra_hosts) {
  std::string hosts = network == NetworkMode::kHost ? host_file("/etc/hosts") : std::string();
  if (hosts.empty()) hosts = kLoopbackHosts;
  if (hosts.back() != '\n') hosts += '\n';
  if (!names_host(hosts, hostname)) hosts += fmt::format("127.0.1.1\t{}\n", hostname);
  for (const ExtraHost& host : extra_hosts) {
    hosts += fmt::format("{}\t{}\n", host.address, host.name);
  }
  return hosts;
}

}  // namespace

std::vector<BindMount> write_etc_files(const std::string& directory, const std::string& hostname,
                                       NetworkMode network,
                                       const std::vector<ExtraHost>& extra_hosts) {
  std::vector<BindMount> mounts;
  const auto add = [&](const std::string& name, std::string_view text) {
    const std::string path = fmt::format("{}/{}", directory, name);
    // Readable by every user of the container, whatever our umask is.
    const UniqueFd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (::fchmod(file.get(), 0644) != 0) throw_errno("set the mode of " + path);
    write_all(file.get(), text, path);
    mounts.push_back({.source = path, .destination = "/etc/" + name});
  };
  add("hosts", hosts_text(hostname, network, extra_hosts));
  add("hostname", hostname + "\n");
  add("resolv.conf", network == NetworkMode::kHost ? host_file("/etc/resolv.conf") : "");
  return mounts;
}

}  // namespace estiba::run
