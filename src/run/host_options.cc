#include "run/host_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/fd.h"
#include "base/size.h"
#include "base/text.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

[[noreturn]] void refuse_value(std::string_view option, std::string_view text,
                               std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("invalid value \"{}\" for --{}: {}", text, option, why));
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value = {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

bool is_access(std::string_view text) {
  return !text.empty() && text.find_first_not_of("rwm") == std::string_view::npos;
}

// Those that mean nothing to the runtime but to the kernel.
bool is_tmpfs_option(std::string_view key, std::string_view value) {
  constexpr std::array<std::string_view, 9> kFlags = {
      "suid", "dev", "sync", "async", "dirsync", "noatime", "atime", "relatime", "strictatime"};
  constexpr std::array<std::string_view, 6> kValues = {"uid",       "gid",  "nr_inodes",
                                                       "nr_blocks", "mpol", "huge"};
  return value.empty() ? std::ranges::find(kFlags, key) != kFlags.end()
                       : std::ranges::find(kValues, key) != kValues.end();
}

void set_tmpfs_option(TmpfsMount& mount, std::string_view whole, std::string_view option) {
  const std::size_t equals = option.find('=');
  const std::string_view key = option.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1);
  if (key == "size" || key == "tmpfs-size") {
    // "50%" of the memory is the kernel's to know.
    if (value.ends_with('%')) {
      mount.options.push_back(fmt::format("size={}", value));
    } else {
      mount.size_bytes = parse_size(value);
    }
  } else if (key == "mode" || key == "tmpfs-mode") {
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
    if (error != std::errc() || end != value.data() + value.size() || mode > 07777) {
      refuse_value("tmpfs", whole, "the mode is an octal number");
    }
    mount.mode = mode;
  } else if (option == "ro") {
    mount.read_only = true;
  } else if (option == "exec") {
    mount.executable = true;
  } else if (option == "noexec") {
    mount.executable = false;
  } else if (is_tmpfs_option(key, value)) {
    mount.options.emplace_back(option);
  } else if (option != "rw" && option != "nosuid" && option != "nodev" && option != "defaults") {
    refuse_value("tmpfs", whole, fmt::format("unknown option \"{}\"", option));
  }
}

}  // namespace

DeviceMapping parse_device(std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  DeviceMapping device{.source = parts[0], .destination = parts[0]};
  if (parts.size() == 2 && is_access(parts[1])) {
    device.access = parts[1];
  } else if (parts.size() >= 2) {
    device.destination = parts[1];
  }
  if (parts.size() == 3) device.access = parts[2];
  if (parts.size() > 3 || !device.source.starts_with('/') || !device.destination.starts_with('/') ||
      !is_access(device.access)) {
    refuse_value("device", text, "write PATH[:PATH IN THE CONTAINER][:rwm]");
  }
  return device;
}

TmpfsMount parse_tmpfs(std::string_view text) {
  const std::size_t colon = text.find(':');
  TmpfsMount mount{.destination = std::string(text.substr(0, colon))};
  if (!mount.destination.starts_with('/') || mount.destination == "/") {
    refuse_value("tmpfs", text, "the path in the container must be absolute and not the root");
  }
  if (colon == std::string_view::npos) return mount;
  for (const std::string& option : split(text.substr(colon + 1), ',')) {
    if (!option.empty()) set_tmpfs_option(mount, text, option);
  }
  return mount;
}

std::pair<std::string, std::string> parse_sysctl(std::string_view text) {
  constexpr std::array<std::string_view, 9> kIpc = {
      "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",          "kernel.sem", "kernel.shmall",
      "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced", "fs.mqueue"};
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    refuse_value("sysctl", text, "write NAME=VALUE");
  }
  const std::string_view name = text.substr(0, equals);
  const bool is_namespaced = name.starts_with("net.") || name.starts_with("fs.mqueue.") ||
                             std::ranges::find(kIpc, name) != kIpc.end();
  // The name becomes a path below /proc/sys.
  if (!is_namespaced || name.find('/') != std::string_view::npos ||
      name.find("..") != std::string_view::npos) {
    refuse_value("sysctl", text, fmt::format("sysctl '{}' is not allowed: it is the host's", name));
  }
  return {std::string(name), std::string(text.substr(equals + 1))};
}

void apply_security_option(std::string_view text, SecurityOptions& options) {
  const std::size_t separator = text.find_first_of("=:");
  const std::string_view key = text.substr(0, separator);
  const std::string_view value =
      separator == std::string_view::npos ? std::string_view() : text.substr(separator + 1);
  if (key == "no-new-privileges" && (value.empty() || value == "true" || value == "false")) {
    options.no_new_privileges = value != "false";
  } else if (key == "seccomp" && !value.empty()) {
    options.seccomp = value == "unconfined" ? std::string(value)
                                            : read_file(std::string(value), kMaxSeccompFileBytes);
  } else if (key == "systempaths" && value == "unconfined") {
    options.shows_kernel_files = true;
  } else if (text != "apparmor=unconfined" && text != "apparmor:unconfined" &&
             text != "label=disable" && text != "label:disable") {
    refuse_value("security-opt", text,
                 "use seccomp=FILE, seccomp=unconfined, no-new-privileges or "
                 "systempaths=unconfined");
  }
}

std::string parse_namespace(std::string_view option, std::string_view text) {
  if (text.empty() || text == "private" || (option == "ipc" && text == "shareable")) return {};
  if (option == "ipc" && text == "none") return std::string(text);
  if (text == "host") return std::string(text);
  if (text.starts_with("container:") && text.size() > 10 && option != "uts") {
    return std::string(text);
  }
  refuse_value(option, text, "use host, private or container:NAME");
}

double parse_cpus(std::string_view text) {
  const auto value = number_in<double>(text);
  const auto available = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  if (!value || !(*value > 0)) refuse_value("cpus", text, "give a number above 0");
  if (*value > available) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("range of CPUs is from 0.01 to {0:.2f}, as there are only {0:.0f} CPUs "
                            "available",
                            available));
  }
  return *value;
}

std::string parse_cpuset(std::string_view text) {
  for (const std::string& part : split(text, ',')) {
    const std::vector<std::string> ends = split(part, '-');
    for (const std::string& end : ends) {
      const auto number = number_in<long>(end);
      if (ends.size() > 2 || !number || *number < 0) {
        refuse_value("cpuset-cpus", text, "write processors as in 0-2,4");
      }
      if (*number >= ::sysconf(_SC_NPROCESSORS_CONF)) {
        refuse_value("cpuset-cpus", text, fmt::format("this host has no processor {}", *number));
      }
    }
  }
  return std::string(text);
}

}  // namespace estiba::run
