// One member of a tar archive as a value, free of the dialect that it was written in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace estiba::archive {

enum class EntryType { kFile, kHardLink, kSymlink, kCharDevice, kBlockDevice, kDirectory, kFifo };

// A run of data in a file that has holes.
struct Extent {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

struct TarEntry {
  // "a/b": relative to the root of the archive, without ".", ".." or empty components and without
  // a slash at either end; the root itself is "".
  std::string path{};
  EntryType type = EntryType::kFile;
  std::uint32_t mode = 0644;  // permissions, setuid, setgid and sticky: at most 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size_bytes = 0;  // of a file's content, holes included; 0 for all else
  Timestamp mtime{};
  // Of a hard link: the path of an earlier entry, in the form of `path`. Of a symbolic link: the
  // target as it is written.
  std::string link_target{};
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::map<std::string, std::string> xattrs{};
  // The data of a file with holes, in order, not overlapping; empty: no holes. A file that is one
  // hole has one extent of length 0.
  std::vector<Extent> extents{};
  std::string user_name{};  // as the archive has them; nobody's names count in an image
  std::string group_name{};
};

// Brings a path of an archive into the form of TarEntry::path: leading slashes and "./" vanish,
// "a/../b" is "b". Throws kInvalidArgument naming the path when it climbs above the root, contains
// a NUL byte, or is longer than kMaxPathBytes (or a component longer than kMaxNameBytes).
[[nodiscard]] std::string clean_entry_path(std::string_view path);

}  // namespace estiba::archive
