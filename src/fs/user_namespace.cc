#include "fs/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/namespace_holder.h"
#include "fs/subordinate_ids.h"

namespace estiba::fs {
namespace {

// Tells what we start that it is in the namespace already, and whose.
constexpr const char* kUserVariable = "_ESTIBA_USER";
constexpr const char* kUserMap = "/proc/self/uid_map";
constexpr const char* kGroupMap = "/proc/self/gid_map";
constexpr std::uint64_t kAllIds = 4294967295u;

struct MappedRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// Lines of three numbers: the first id here, the one it is above, how many.
std::vector<MappedRange> mapped_ranges(const char* map) {
  std::vector<MappedRange> ranges;
  for (const std::string& line : split(read_file(map, 1u << 16), '\n')) {
    unsigned long long above = 0;
    unsigned long long first = 0;
    unsigned long long count = 0;
    if (std::sscanf(line.c_str(), "%llu %llu %llu", &first, &above, &count) != 3) continue;
    ranges.push_back({first, count});
  }
  return ranges;
}

bool is_mapped(const char* map, std::uint64_t id) {
  return std::ranges::any_of(mapped_ranges(map), [&](const MappedRange& range) {
    return id >= range.first && id - range.first < range.count;
  });
}

bool is_directory_of(const std::string& path, uid_t uid) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == uid;
}

std::string directory_of_user(uid_t uid) {
  // Inside of the namespace his own files are root's.
  const uid_t seen = ::geteuid();
  const char* chosen = std::getenv("XDG_RUNTIME_DIR");
  if (chosen != nullptr && is_directory_of(chosen, seen)) return std::string(chosen) + "/estiba";
  const std::string usual = fmt::format("/run/user/{}", uid);
  if (is_directory_of(usual, seen)) return usual + "/estiba";
  return fmt::format("/tmp/estiba-{}", uid);
}

// In /tmp anybody could have made it first.
std::string make_runtime_directory() {
  std::string path = runtime_directory();
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw_errno("make the folder " + path);
  struct stat status = {};
  if (!is_directory_of(path, ::geteuid()) || ::stat(path.c_str(), &status) != 0 ||
      (status.st_mode & 022) != 0) {
    throw Error(ErrorCode::kPermissionDenied, fmt::format("{} does not belong to us alone", path),
                "set XDG_RUNTIME_DIR to a folder of your own");
  }
  return path;
}

void become_root_of(const UniqueFd& user_namespace, uid_t uid) {
  if (::setns(user_namespace.get(), CLONE_NEWUSER) != 0) throw_errno("enter the user namespace");
  // Groups of the user stay: they open files of his that he works with.
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    throw_errno("become root of the user namespace");
  }
  // /proc/self stays ours.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  ::setenv(kUserVariable, std::to_string(uid).c_str(), 1);
}

}  // namespace

IdMapping id_mapping() {
  std::uint64_t ids = 0;
  for (const MappedRange& range : mapped_ranges(kUserMap)) ids += range.count;
  if (ids >= kAllIds) return IdMapping::kHost;
  return ids == 1 ? IdMapping::kOwnOnly : IdMapping::kMany;
}

bool has_user(uid_t uid) {
  return is_mapped(kUserMap, uid);
}

bool has_group(gid_t gid) {
  return is_mapped(kGroupMap, gid);
}

std::string hint_for_more_ids() {
  const std::string user = subordinate_ids(ordinary_user().value_or(0)).user;
  return fmt::format(
      "as root: add the line {0}:100000:65536 (or another range that is free) to /etc/subuid and "
      "to "
      "/etc/subgid, e.g. by usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {0}; "
      "and install uidmap",
      user);
}

bool in_user_namespace() {
  return id_mapping() != IdMapping::kHost;
}

std::optional<uid_t> ordinary_user() {
  if (::geteuid() != 0) return ::geteuid();
  const char* text = std::getenv(kUserVariable);
  if (text == nullptr || !in_user_namespace()) return {};
  return static_cast<uid_t>(std::strtoul(text, nullptr, 10));
}

std::string runtime_directory() {
  const std::optional<uid_t> user = ordinary_user();
  return user ? directory_of_user(*user) : "/run/estiba";
}

UserNamespace UserNamespace::enter() {
  const std::string directory = make_runtime_directory();
  // The holder ends when it gets this lock for itself alone.
  UserNamespace used(FileLock::shared(directory + "/namespace.lock"));
  if (::geteuid() == 0) return used;
  const uid_t uid = ::geteuid();
  // Inside, the home of our user would be root's.
  const passwd* entry = ::getpwuid(uid);
  if (entry != nullptr) ::setenv("HOME", entry->pw_dir, 0);
  NamespaceHolder holder(directory);
  UniqueFd found = holder.find();
  if (!found) found = holder.make();
  become_root_of(found, uid);
  return used;
}

}  // namespace estiba::fs
