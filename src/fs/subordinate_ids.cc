#include "fs/subordinate_ids.h"

#include <pwd.h>

#include <charconv>
#include <optional>

#include "base/fd.h"
#include "base/text.h"

namespace estiba::fs {
namespace {

constexpr std::size_t kMaxIdFileBytes = 1u << 20;

std::optional<std::uint32_t> parse_id(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

std::vector<IdRange> ranges_in_file(const char* path, const std::string& user, uid_t uid) {
  if (!path_exists(path)) return {};
  return parse_subordinate_ids(read_file(path, kMaxIdFileBytes), user, uid);
}

}  // namespace

std::vector<IdRange> parse_subordinate_ids(const std::string& text, const std::string& user,
                                           uid_t uid) {
  std::vector<IdRange> ranges;
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() != 3 || (fields[0] != user && fields[0] != std::to_string(uid))) continue;
    const auto first = parse_id(fields[1]);
    const auto count = parse_id(fields[2]);
    if (first && count && *count > 0) ranges.push_back({*first, *count});
  }
  return ranges;
}

SubordinateIds subordinate_ids(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  SubordinateIds ids{.user = entry == nullptr ? std::to_string(uid) : entry->pw_name};
  ids.users = ranges_in_file("/etc/subuid", ids.user, uid);
  ids.groups = ranges_in_file("/etc/subgid", ids.user, uid);
  return ids;
}

}  // namespace estiba::fs
