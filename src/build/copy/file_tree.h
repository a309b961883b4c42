// Where COPY and ADD take files from: the build context, or the root of another stage or image.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "fs/root_dir.h"

namespace estiba::dockerfile {
class IgnoreRules;
}

namespace estiba::build {

// A path as COPY means it, from the root of a tree: "./a//b/" is "a/b". ".." at the top leads
// nowhere: "../a" is "a", as the reference has it.
[[nodiscard]] std::string clean_source(std::string_view source);

// Nothing leads out of a tree: as in a chroot, links and ".." are taken inside of it. Const members
// may be used from several threads at once.
class FileTree {
 public:
  enum class Kind {
    kContext,  // files belong to root in the image
    kImage,    // files keep their owners
  };
  // `name` is how messages call it: "the build context", "stage builder". `ignore` (.dockerignore)
  // is borrowed and may be null.
  FileTree(Kind kind, fs::RootDir root, std::string name,
           const dockerfile::IgnoreRules* ignore = nullptr);

  struct Found {
    std::string path;  // where it lies, links followed: "a/b"
    std::string name;  // its last component as it was asked for
  };
  // What a source of COPY names: itself, or what its wildcards match, sorted; they may match
  // nothing. Throws kNotFound for a path that is not there, or that .dockerignore hides.
  [[nodiscard]] std::vector<Found> expand(std::string_view source) const;
  // The same without wildcards.
  [[nodiscard]] Found find(std::string_view source) const;

  // Opens what `path` arrives at, links followed inside the tree.
  [[nodiscard]] UniqueFd open(const std::string& path, int flags) const;
  // Opens the entry itself, without following it when it is a link (O_PATH).
  [[nodiscard]] UniqueFd open_entry(const std::string& path) const;
  // The target of the link at `path`, as it is written.
  [[nodiscard]] std::string read_link(const std::string& path) const;
  // What `path` arrives at; throws kNotFound.
  [[nodiscard]] struct stat stat(const std::string& path) const;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  // Null: nothing is ignored.
  [[nodiscard]] const dockerfile::IgnoreRules* ignore() const { return ignore_; }

 private:
  class Matcher;
  [[nodiscard]] std::optional<Found> try_find(const std::string& path) const;
  [[nodiscard]] bool visible(const std::string& path) const;
  [[nodiscard]] bool shows_something(const std::string& directory) const;
  [[noreturn]] void fail_not_found(std::string_view source) const;

  Kind kind_;
  fs::RootDir root_;
  std::string name_;
  const dockerfile::IgnoreRules* ignore_;
};

}  // namespace estiba::build
