#include "run/user.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "fs/root_dir.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

struct PasswdEntry {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};

struct GroupEntry {
  std::string name;
  gid_t gid = 0;
  std::vector<std::string> members;
};

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// docker knows ids up to 2^31 - 1 only.
std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto id = parse_number(text);
  if (id && *id > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) return {};
  return id;
}

// Absent files count as empty: an image need not have any.
std::vector<std::string> read_lines(const fs::RootDir& root, std::string_view path) {
  const auto file = root.try_open(path, O_RDONLY | O_NONBLOCK);
  if (!file) return {};
  const auto status = root.stat(path);
  if (!status || !S_ISREG(status->st_mode)) return {};
  return split(read_fd(file->get(), fmt::format("{} of the image", path), kMaxAccountFileBytes),
               '\n');
}

std::optional<PasswdEntry> parse_passwd_line(const std::string& line) {
  const std::vector<std::string> fields = split(trim(line), ':');
  if (fields.size() < 4 || fields[0].empty() || fields[0].front() == '#') return {};
  const auto uid = parse_number(fields[2]);
  const auto gid = parse_number(fields[3]);
  if (!uid || !gid) return {};
  return PasswdEntry{
      .name = fields[0], .uid = *uid, .gid = *gid, .home = fields.size() > 5 ? fields[5] : ""};
}

std::optional<GroupEntry> parse_group_line(const std::string& line) {
  const std::vector<std::string> fields = split(trim(line), ':');
  if (fields.size() < 3 || fields[0].empty() || fields[0].front() == '#') return {};
  const auto gid = parse_number(fields[2]);
  if (!gid) return {};
  GroupEntry entry{.name = fields[0], .gid = *gid, .members = {}};
  if (fields.size() > 3) entry.members = split(fields[3], ',');
  return entry;
}

std::optional<PasswdEntry> find_user(const fs::RootDir& root, const std::string& wanted) {
  const auto id = parse_number(wanted);
  for (const std::string& line : read_lines(root, "/etc/passwd")) {
    auto entry = parse_passwd_line(line);
    if (entry && (entry->name == wanted || entry->uid == id)) return entry;
  }
  return {};
}

void apply_user(const fs::RootDir& root, const std::string& wanted, ResolvedUser& user,
                std::string& name) {
  if (const auto entry = find_user(root, wanted)) {
    name = entry->name;
    user.uid = entry->uid;
    user.gid = entry->gid;
    if (!entry->home.empty()) user.home = entry->home;
    return;
  }
  const auto id = parse_id(wanted);
  if (!id) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("unable to find user {}: no matching entries in passwd file", wanted));
  }
  user.uid = *id;
}

gid_t resolve_group(const fs::RootDir& root, const std::string& wanted) {
  const auto id = parse_number(wanted);
  for (const std::string& line : read_lines(root, "/etc/group")) {
    const auto entry = parse_group_line(line);
    if (entry && (entry->name == wanted || entry->gid == id)) return entry->gid;
  }
  const auto plain_id = parse_id(wanted);
  if (!plain_id) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("unable to find group {}: no matching entries in group file", wanted));
  }
  return *plain_id;
}

void add_memberships(const fs::RootDir& root, const std::string& name, ResolvedUser& user) {
  for (const std::string& line : read_lines(root, "/etc/group")) {
    const auto entry = parse_group_line(line);
    if (!entry || std::ranges::find(entry->members, name) == entry->members.end()) continue;
    if (user.additional_gids.size() == kMaxSupplementaryGroups) return;
    user.additional_gids.push_back(entry->gid);
  }
}

}  // namespace

ResolvedUser resolve_user(const fs::RootDir& root, std::string_view user) {
  const std::size_t colon = user.find(':');
  const std::string user_part(user.substr(0, colon));
  const std::string group_part(colon == std::string_view::npos ? "" : user.substr(colon + 1));

  ResolvedUser resolved;
  resolved.home = "/";
  std::string name;
  apply_user(root, user_part.empty() ? "0" : user_part, resolved, name);
  if (!group_part.empty()) {
    resolved.gid = resolve_group(root, group_part);
  } else if (!name.empty()) {
    add_memberships(root, name, resolved);
  }
  return resolved;
}

void add_groups(const fs::RootDir& root, const std::vector<std::string>& groups,
                ResolvedUser& user) {
  for (const std::string& group : groups) {
    const gid_t gid = resolve_group(root, group);
    if (std::ranges::find(user.additional_gids, gid) == user.additional_gids.end()) {
      user.additional_gids.push_back(gid);
    }
  }
}

}  // namespace estiba::run
