#include "run/capabilities.h"

#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/error.h"

namespace estiba::run {
namespace {

// In the kernel's order: the index is the number.
constexpr std::array<std::string_view, 41> kNames = {"CAP_CHOWN",
                                                     "CAP_DAC_OVERRIDE",
                                                     "CAP_DAC_READ_SEARCH",
                                                     "CAP_FOWNER",
                                                     "CAP_FSETID",
                                                     "CAP_KILL",
                                                     "CAP_SETGID",
                                                     "CAP_SETUID",
                                                     "CAP_SETPCAP",
                                                     "CAP_LINUX_IMMUTABLE",
                                                     "CAP_NET_BIND_SERVICE",
                                                     "CAP_NET_BROADCAST",
                                                     "CAP_NET_ADMIN",
                                                     "CAP_NET_RAW",
                                                     "CAP_IPC_LOCK",
                                                     "CAP_IPC_OWNER",
                                                     "CAP_SYS_MODULE",
                                                     "CAP_SYS_RAWIO",
                                                     "CAP_SYS_CHROOT",
                                                     "CAP_SYS_PTRACE",
                                                     "CAP_SYS_PACCT",
                                                     "CAP_SYS_ADMIN",
                                                     "CAP_SYS_BOOT",
                                                     "CAP_SYS_NICE",
                                                     "CAP_SYS_RESOURCE",
                                                     "CAP_SYS_TIME",
                                                     "CAP_SYS_TTY_CONFIG",
                                                     "CAP_MKNOD",
                                                     "CAP_LEASE",
                                                     "CAP_AUDIT_WRITE",
                                                     "CAP_AUDIT_CONTROL",
                                                     "CAP_SETFCAP",
                                                     "CAP_MAC_OVERRIDE",
                                                     "CAP_MAC_ADMIN",
                                                     "CAP_SYSLOG",
                                                     "CAP_WAKE_ALARM",
                                                     "CAP_BLOCK_SUSPEND",
                                                     "CAP_AUDIT_READ",
                                                     "CAP_PERFMON",
                                                     "CAP_BPF",
                                                     "CAP_CHECKPOINT_RESTORE"};

std::string canonical(const std::string& name) {
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  if (upper == "ALL") return upper;
  if (!upper.starts_with("CAP_")) upper.insert(0, "CAP_");
  if (std::ranges::find(kNames, upper) == kNames.end()) {
    throw Error(ErrorCode::kInvalidArgument, "unknown capability: \"" + name + "\"");
  }
  return upper;
}

std::set<std::string> canonical_set(const std::vector<std::string>& names) {
  std::set<std::string> set;
  for (const std::string& name : names) set.insert(canonical(name));
  return set;
}

}  // namespace

std::set<std::string> default_capabilities() {
  return {"CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
          "CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",   "CAP_SETFCAP",
          "CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
}

std::set<std::string> all_capabilities() {
  std::set<std::string> all;
  for (std::size_t number = 0; number < kNames.size(); ++number) {
    if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) all.emplace(kNames[number]);
  }
  return all;
}

std::set<std::string> effective_capabilities(const std::vector<std::string>& added,
                                             const std::vector<std::string>& dropped) {
  const std::set<std::string> add = canonical_set(added);
  const std::set<std::string> drop = canonical_set(dropped);
  std::set<std::string> effective = default_capabilities();
  if (drop.contains("ALL")) effective.clear();
  if (add.contains("ALL")) effective = all_capabilities();
  for (const std::string& name : drop) effective.erase(name);
  for (const std::string& name : add) {
    if (name != "ALL") effective.insert(name);
  }
  return effective;
}

}  // namespace estiba::run
