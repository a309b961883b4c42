// A directory tree as text, to compare two of them with all that matters.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "base/fd.h"
#include "base/hash.h"
#include "base/stream.h"
#include "fs/tree.h"
#include "fs/xattr.h"

namespace estiba::archive::testing {

inline std::string digest_of_file(int dir_fd, const std::string& name) {
  HashSink hash(HashAlgorithm::kSha256);
  FdSource file(open_at(dir_fd, name, O_RDONLY | O_NOFOLLOW), name);
  copy(file, hash);
  return hash.hasher().finish_hex();
}

inline std::string describe(const struct stat& status, int dir_fd, const std::string& name) {
  std::string text =
      fmt::format("mode={:o} owner={}:{} mtime={}.{:09} links={}", status.st_mode, status.st_uid,
                  status.st_gid, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_nlink);
  if (S_ISREG(status.st_mode)) {
    text += fmt::format(" size={} sha256={}", status.st_size, digest_of_file(dir_fd, name));
  } else if (S_ISLNK(status.st_mode)) {
    std::string target(4096, '\0');
    target.resize(
        static_cast<std::size_t>(::readlinkat(dir_fd, name.c_str(), target.data(), target.size())));
    text += " target=" + target;
  } else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    text += fmt::format(" device={}", status.st_rdev);
  }
  for (const auto& [key, value] : fs::read_xattrs(dir_fd, name)) {
    text += fmt::format(" {}={:?}", key, value);
  }
  return text;
}

// Path to description, the root as "". Files with several names tell the first of them.
inline std::map<std::string, std::string> list_tree(const std::string& path) {
  std::map<std::string, std::string> listing;
  std::map<ino_t, std::string> first_names;
  const UniqueFd root = open_file(path, O_RDONLY | O_DIRECTORY);
  struct stat status = {};
  if (::fstat(root.get(), &status) == 0) listing[""] = describe(status, root.get(), "");
  fs::walk(root.get(), [&](const fs::WalkEntry& entry) {
    std::string text = describe(entry.status, entry.parent_fd, entry.name);
    if (!S_ISDIR(entry.status.st_mode) && entry.status.st_nlink > 1) {
      text += " same-as=" + first_names.try_emplace(entry.status.st_ino, entry.path).first->second;
    }
    listing.emplace(entry.path, std::move(text));
    return fs::WalkStep::kContinue;
  });
  return listing;
}

}  // namespace estiba::archive::testing
