// Whole directory trees: listing, walking and removing them without following symbolic links.
//
// One descriptor is held per tree, not one per level, and nothing recurses: depth costs memory
// only.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::fs {

// Far beyond what real trees have; a deeper one is an attack on whoever walks it. Removing has no
// limit, or such a tree could never be got rid of.
inline constexpr std::size_t kMaxTreeDepth = 4096;

// The names in a directory without "." and "..", sorted by bytes. `dir_fd` may be O_PATH.
[[nodiscard]] std::vector<std::string> list_directory(int dir_fd);

// Removes the file or tree; an absent one is no error. Never enters another mount: a mount point,
// at the top or inside, fails with kConflict before what is mounted there can be harmed.
// remove_tree_at() takes a name in `dir_fd`, without slashes.
void remove_tree(const std::string& path);
void remove_tree_at(int dir_fd, const std::string& name);

enum class WalkStep {
  kContinue,
  kSkipDirectory,  // do not enter the directory just visited
  kStop,           // end the walk now
};

struct WalkEntry {
  std::string_view path;      // relative to the start: "a/b"
  const struct stat& status;  // of the entry itself
  int parent_fd;              // the directory that holds it; valid during the call
  const std::string& name;    // the last component
};

// Visits everything below `dir_fd` (which may be O_PATH), a directory before its entries, entries
// sorted by bytes. Follows no symbolic link; fails with kInvalidArgument below kMaxTreeDepth and
// with kConflict when a directory is moved away meanwhile.
void walk(int dir_fd, const std::function<WalkStep(const WalkEntry&)>& visit);

}  // namespace estiba::fs
