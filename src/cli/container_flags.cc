#include "cli/container_flags.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/size.h"
#include "base/text.h"
#include "cli/labels.h"
#include "cli/number_option.h"
#include "run/host_options.h"
#include "run/ipv4.h"
#include "run/ipv6.h"
#include "run/limit_words.h"
#include "run/limits.h"
#include "run/mount_option.h"

namespace estiba::cli {
std::vector<std::string> option_file_lines(const std::string& path) {
  std::vector<std::string> lines;
  for (const std::string& line : split(read_file(path, run::kMaxOptionFileBytes), '\n')) {
    const std::string_view text = trim(line);
    if (!text.empty() && text.front() != '#') lines.emplace_back(text);
  }
  return lines;
}

void ContainerFlags::declare(CommandLine& line) {
  declare_process(line);
  declare_files(line);
  declare_names(line);
  declare_rights(line);
  declare_limits(line);
}

void ContainerFlags::declare_process(CommandLine& line) {
  line.list("-e,--env", environment_, "K[=V]", "Set an environment variable");
  line.list("--env-file", environment_files_, "FILE", "Read variables from a file");
  line.option("-w,--workdir", working_directory_, "DIR", "The working directory");
  line.option("-u,--user", user_, "USER[:GROUP]", "Who runs the command");
  line.list("--group-add", groups_, "GROUP", "A further group of the user");
  line.list("-l,--label", labels_, "K[=V]", "Put a label on the container");
  line.list("--label-file", label_files_, "FILE", "Read labels from a file");
  line.option("--entrypoint", entrypoint_, "CMD", "Replace the image's ENTRYPOINT");
}

void ContainerFlags::declare_files(CommandLine& line) {
  line.list("-v,--volume", volumes_, "SRC:DST[:ro]", "Mount a directory or volume");
  line.list("--mount", mounts_, "type=T,source=S,target=T", "Mount a bind, volume, tmpfs or image");
  line.list("--volumes-from", volumes_from_, "CONTAINER[:ro]", "Mount the volumes of another, too");
  line.list("--tmpfs", tmpfs_, "DST[:OPTIONS]", "Mount a directory in memory");
  line.list("--device", devices_, "PATH[:PATH][:rwm]", "Give the container a device of the host");
  line.flag("--read-only", read_only_, "Mount the root file system read-only");
  line.option("--shm-size", shm_size_, "BYTES", "Size of /dev/shm (64m)");
}

void ContainerFlags::declare_names(CommandLine& line) {
  line.option("-h,--hostname", hostname_, "NAME", "The container's host name");
  line.option("--domainname", domain_name_, "NAME", "The container's NIS domain name");
  line.list("--add-host", hosts_, "NAME:IP", "A line of /etc/hosts; IP may be host-gateway");
  line.list("--dns", dns_, "IP", "A name server");
  line.list("--dns-search", dns_search_, "DOMAIN", "Where short names are looked up");
  line.list("--dns-option,--dns-opt", dns_options_, "OPTION", "An option of the resolver");
}

void ContainerFlags::declare_rights(CommandLine& line) {
  line.list("--cap-add", added_capabilities_, "CAP", "Give a capability, or ALL");
  line.list("--cap-drop", dropped_capabilities_, "CAP", "Take a capability, or ALL");
  line.list("--security-opt", security_, "OPTION",
            "seccomp=FILE|unconfined, no-new-privileges, systempaths=unconfined");
  line.list("--annotation", annotations_, "K=V", "An annotation for the OCI runtime");
  line.option("--gpus", gpus_, "DEVICES", "Not supported: use --device");
  line.flag("--privileged", privileged_, "All capabilities and devices, no restrictions");
  line.list("--sysctl", sysctls_, "NAME=VALUE", "Set a kernel parameter of its namespaces");
  line.option("--ipc", ipc_, "private|none|host|container:NAME", "Whose shared memory it sees");
  line.option("--pid", pid_, "host|container:NAME", "Whose processes it sees");
  line.option("--uts", uts_, "host", "Use the host's name");
  line.option("--userns", userns_, "host", "The user namespace");
  line.option("--cgroupns", cgroupns_, "private|host", "The cgroup namespace");
  line.option("--oom-score-adj", oom_score_adj_, "N",
              "How soon it is killed when memory is short, -1000 to 1000");
}

void ContainerFlags::declare_limits(CommandLine& line) {
  line.list("--ulimit", ulimits_, "NAME=SOFT[:HARD]", "A limit of each process");
  limits_.declare(line);
  limits_.declare_fixed(line);
}

void ContainerFlags::apply(run::RunOptions& options) const {
  apply_process(options);
  apply_files(options);
  apply_rights(options.host);
  limits_.apply(options.host.limits);
  for (const std::string& limit : ulimits_) {
    options.host.bounds.push_back(run::parse_resource_bound(limit));
  }
  options.hostname = hostname_;
  options.host.domain_name = domain_name_;
  for (const std::string& host : hosts_) {
    options.host.extra_hosts.push_back(run::parse_extra_host(host));
  }
  for (const std::string& server : dns_) {
    if (run::parse_ipv4(server) || run::is_ipv6(server)) continue;
    throw Error(ErrorCode::kInvalidArgument, "IP address is not correctly formatted: " + server);
  }
  options.host.names.servers = dns_;
  options.host.names.search = dns_search_;
  options.host.names.options = dns_options_;
}

void ContainerFlags::apply_process(run::RunOptions& options) const {
  run::RunOverrides& process = options.process;
  process.entrypoint = entrypoint_;
  for (const std::string& file : environment_files_) {
    for (std::string& line : option_file_lines(file)) {
      process.environment.push_back(std::move(line));
    }
  }
  process.environment.insert(process.environment.end(), environment_.begin(), environment_.end());
  process.working_directory = working_directory_;
  process.user = user_;
  options.host.additional_groups = groups_;
  for (const std::string& file : label_files_) {
    for (auto& [key, value] : parse_labels(option_file_lines(file))) options.labels[key] = value;
  }
  for (const auto& [key, value] : parse_labels(labels_)) options.labels[key] = value;
}

void ContainerFlags::apply_files(run::RunOptions& options) const {
  for (const std::string& volume : volumes_) options.volumes.push_back(run::parse_volume(volume));
  for (const std::string& mount : mounts_) {
    run::add_mount(mount, options.volumes, options.host.tmpfs_mounts);
  }
  for (const std::string& mount : tmpfs_) {
    options.host.tmpfs_mounts.push_back(run::parse_tmpfs(mount));
  }
  for (const std::string& device : devices_) {
    options.host.devices.push_back(run::parse_device(device));
  }
  options.volumes_from = volumes_from_;
  options.host.read_only_root = read_only_;
  if (!shm_size_.empty()) options.host.shm_size_bytes = parse_size(shm_size_);
}

void ContainerFlags::apply_rights(run::HostConfig& host) const {
  host.added_capabilities = added_capabilities_;
  host.dropped_capabilities = dropped_capabilities_;
  for (const std::string& option : security_) run::apply_security_option(option, host.security);
  host.privileged = privileged_;
  host.annotations = parse_labels(annotations_);
  if (!gpus_.empty()) {
    throw Error(ErrorCode::kUnsupported, "--gpus is not supported",
                "give the container the GPU's devices and its driver's libraries: --device "
                "/dev/dri, --device /dev/nvidia0 --device /dev/nvidiactl, -v");
  }
  for (const std::string& sysctl : sysctls_) host.sysctls.insert(run::parse_sysctl(sysctl));
  host.namespaces = {.ipc = run::parse_namespace("ipc", ipc_),
                     .pid = run::parse_namespace("pid", pid_),
                     .uts = run::parse_namespace("uts", uts_),
                     .cgroup = run::parse_namespace("cgroupns", cgroupns_)};
  if (!oom_score_adj_.empty()) {
    const auto score = number_option<int>("oom-score-adj", oom_score_adj_);
    if (score < -1000 || score > 1000) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("Invalid value {}, range for oom score adj is [-1000, 1000]", score));
    }
    host.oom_score_adj = score;
  }
  if (!userns_.empty() && userns_ != "host") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("invalid value \"{}\" for --userns", userns_),
                "containers share the user namespace of their maker: use host");
  }
}

}  // namespace estiba::cli
