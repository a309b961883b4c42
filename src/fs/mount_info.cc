#include "fs/mount_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace estiba::fs {
namespace {

// Spaces, tabs, newlines and backslashes stand as three octal digits after a backslash.
std::string unescape(std::string_view text) {
  const auto octal = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '7' ? text[i] - '0' : -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && octal(i + 1) >= 0 && octal(i + 2) >= 0 && octal(i + 3) >= 0) {
      result += static_cast<char>(octal(i + 1) * 64 + octal(i + 2) * 8 + octal(i + 3));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

int number(const std::string& text, std::string_view line) {
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInternal, fmt::format("mountinfo has the strange line \"{}\"", line));
  }
  return value;
}

// "36 35 98:0 /root /point rw,noatime shared:1 master:2 - ext4 /dev/vda1 rw,errors=continue": the
// number of tagged fields before the dash varies.
MountInfo parse_line(std::string_view line) {
  const std::vector<std::string> fields = split(line, ' ');
  std::size_t dash = 6;
  while (dash < fields.size() && fields[dash] != "-") ++dash;
  if (dash + 3 >= fields.size()) {
    throw Error(ErrorCode::kInternal, fmt::format("mountinfo has the strange line \"{}\"", line));
  }
  const auto has_tag = [&](std::string_view tag) {
    return std::any_of(fields.begin() + 6, fields.begin() + static_cast<std::ptrdiff_t>(dash),
                       [&](const std::string& field) { return field.starts_with(tag); });
  };
  return {.id = number(fields[0], line),
          .parent_id = number(fields[1], line),
          .device = fields[2],
          .root = unescape(fields[3]),
          .mount_point = unescape(fields[4]),
          .options = fields[5],
          .is_shared = has_tag("shared:"),
          .is_slave = has_tag("master:"),
          .type = fields[dash + 1],
          .source = unescape(fields[dash + 2]),
          .super_options = fields[dash + 3]};
}

}  // namespace

std::vector<MountInfo> parse_mount_info(std::string_view text) {
  std::vector<MountInfo> mounts;
  for (const std::string& line : split(text, '\n')) {
    if (!line.empty()) mounts.push_back(parse_line(line));
  }
  return mounts;
}

std::vector<MountInfo> read_mount_info() {
  return parse_mount_info(read_file("/proc/self/mountinfo"));
}

}  // namespace estiba::fs
