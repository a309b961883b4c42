#include "fs/xattr.h"

#include <fmt/format.h>
#include <sys/xattr.h>

#include <cerrno>
#include <optional>

#include "base/error.h"

namespace estiba::fs {
namespace {

// Where the calls that work on descriptors stop short (there is no getxattrat before Linux 6.13),
// the path through /proc names the same entry. A descriptor itself is a link there to be followed.
struct Place {
  Place(int dir_fd, const std::string& name)
      : path(name.empty() ? fmt::format("/proc/self/fd/{}", dir_fd)
                          : fmt::format("/proc/self/fd/{}/{}", dir_fd, name)),
        follow(name.empty()) {}

  ssize_t list(char* names, std::size_t size) const {
    return follow ? ::listxattr(path.c_str(), names, size)
                  : ::llistxattr(path.c_str(), names, size);
  }
  ssize_t get(const char* key, void* value, std::size_t size) const {
    return follow ? ::getxattr(path.c_str(), key, value, size)
                  : ::lgetxattr(path.c_str(), key, value, size);
  }
  int set(const char* key, const std::string& value) const {
    return follow ? ::setxattr(path.c_str(), key, value.data(), value.size(), 0)
                  : ::lsetxattr(path.c_str(), key, value.data(), value.size(), 0);
  }

  std::string path;
  bool follow;
};

// Reads something whose size may change between asking for it and reading it. Nothing when the
// entry has none (any more).
template <typename Read>
std::optional<std::string> read_sized(const Place& place, Read&& read) {
  for (;;) {
    const ssize_t size = read(nullptr, 0);
    std::string data(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
    const ssize_t got = size > 0 ? read(data.data(), data.size()) : size;
    if (got >= 0) {
      data.resize(static_cast<std::size_t>(got));
      return data;
    }
    if (errno == ENODATA || errno == EOPNOTSUPP) return std::nullopt;
    if (errno != ERANGE) throw_errno("read the extended attributes of " + place.path);
  }
}

}  // namespace

Xattrs read_xattrs(int dir_fd, const std::string& name) {
  const Place place(dir_fd, name);
  Xattrs attributes;
  const auto keys =
      read_sized(place, [&](char* data, std::size_t size) { return place.list(data, size); });
  if (!keys) return attributes;
  for (std::size_t start = 0; start < keys->size();) {
    const std::string key = keys->c_str() + start;
    start += key.size() + 1;
    auto value = read_sized(
        place, [&](char* data, std::size_t size) { return place.get(key.c_str(), data, size); });
    if (value) attributes.emplace(key, std::move(*value));
  }
  return attributes;
}

void write_xattr(int dir_fd, const std::string& name, const std::string& key,
                 const std::string& value) {
  const Place place(dir_fd, name);
  if (place.set(key.c_str(), value) != 0) {
    throw_errno(fmt::format("set the extended attribute {} of {}", key, place.path));
  }
}

}  // namespace estiba::fs
