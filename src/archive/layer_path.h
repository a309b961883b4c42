// One rule for the parents of entries, for the tree on disk and for the tree in an index: as a
// chroot would resolve them (RESOLVE_IN_ROOT of openat2(2)), and what is missing is made.
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace estiba::archive {

// What a name in a directory is to a path that goes through it.
enum class PathStep {
  kMissing,
  kDirectory,
  kSymlink,
  kWhiteout,  // a character device 0:0: nothing, as far as paths go
  kOther,
};

enum class MissingParents { kMake, kRefuse };

// The components of `path` to the front of `pending`; empty ones and "." mean nothing.
void push_path_components(std::deque<std::string>& pending, std::string_view path);
[[noreturn]] void throw_no_parent(std::string_view path, std::string_view name, PathStep found);
[[noreturn]] void throw_too_many_links(std::string_view path);

// As the kernel has it (MAXSYMLINKS).
inline constexpr int kMaxLinksFollowed = 40;

// Moves `view` from the root to the directory `path`. A View stands in a directory and has
//   void go_to_root();
//   PathStep look(const std::string& name);
//   void enter(const std::string& name);      a directory
//   void leave();                             to the parent; the root is its own
//   std::string link_target(const std::string& name);
//   void make_directory(const std::string& name, PathStep replaced);   missing, or a whiteout
template <typename View>
void resolve_directory(View& view, std::string_view path, MissingParents missing) {
  std::deque<std::string> pending;
  push_path_components(pending, path);
  view.go_to_root();
  int links_followed = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.front());
    pending.pop_front();
    if (name == "..") {
      view.leave();
      continue;
    }
    const PathStep found = view.look(name);
    if (found == PathStep::kSymlink) {
      if (++links_followed > kMaxLinksFollowed) throw_too_many_links(path);
      const std::string target = view.link_target(name);
      if (target.starts_with('/')) view.go_to_root();
      push_path_components(pending, target);
      continue;
    }
    const bool is_free = found == PathStep::kMissing || found == PathStep::kWhiteout;
    if (is_free && missing == MissingParents::kMake) {
      view.make_directory(name, found);
    } else if (found != PathStep::kDirectory) {
      throw_no_parent(path, name, found);
    }
    view.enter(name);
  }
}

// "a" and "b" of "a/b"; the directory of a name in the root is "".
struct ParentAndName {
  std::string_view parent;
  std::string_view name;
};
[[nodiscard]] ParentAndName split_parent(std::string_view path);
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);

}  // namespace estiba::archive
