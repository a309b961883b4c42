// A directory tree whose paths come from others: images, archives, build contexts.
//
// Every path is resolved by the kernel (openat2) inside the tree, so neither "..", nor a symbolic
// link, nor a rename by somebody else at the same moment leads out. A path may start with "/",
// which is the root of the tree; "" is the root itself.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace estiba::fs {

enum class Resolve {
  kInRoot,             // as in a chroot: absolute links and ".." are taken inside the tree
  kBeneath,            // links that lead out of the tree are an error
  kBeneathNoSymlinks,  // any link on the way is an error
};

// The owner and mode of what is made.
struct Ownership {
  unsigned mode = 0755;  // exactly: the umask does not count
  uid_t uid = 0;
  gid_t gid = 0;
};

// Owns the descriptor of the root. Const members may be used from several threads at once.
// All throw Error naming the path: kNotFound, kInvalidArgument (leads out, loops, too long), ...
class RootDir {
 public:
  [[nodiscard]] static RootDir open(const std::string& path);
  explicit RootDir(UniqueFd directory) : fd_(std::move(directory)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }

  // Opens inside the tree; links of /proc never count, O_CLOEXEC is added.
  [[nodiscard]] UniqueFd open(std::string_view path, int flags, unsigned mode = 0,
                              Resolve resolve = Resolve::kInRoot) const;
  // The same, or nothing when the path does not exist.
  [[nodiscard]] std::optional<UniqueFd> try_open(std::string_view path, int flags,
                                                 Resolve resolve = Resolve::kInRoot) const;

  // Nothing when the path does not exist. lstat() describes a link itself, stat() what it names.
  [[nodiscard]] std::optional<struct stat> lstat(std::string_view path) const;
  [[nodiscard]] std::optional<struct stat> stat(std::string_view path) const;
  // The target of the link at `path`, as it is written; it may lead anywhere.
  [[nodiscard]] std::string read_link(std::string_view path) const;

  // Where `path` arrives once every link is followed inside the tree: "a/b" without links, "." or
  // "..", "" for the root. Components at the end that do not exist are kept as they are.
  [[nodiscard]] std::string resolve(std::string_view path) const;

  // Makes the folder and its missing parents; existing ones are kept as they are, links to folders
  // are followed inside the tree. Returns the (resolved) paths made, outermost first.
  std::vector<std::string> make_directories(std::string_view path, const Ownership& owner) const;

  // Removes what `path` names (a link itself, not its target) with all below; nothing when absent.
  // See fs/tree.h.
  void remove_tree(std::string_view path) const;

 private:
  UniqueFd fd_;
};

}  // namespace estiba::fs
