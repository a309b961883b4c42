// Where COPY and ADD take files from: the build context, or the root of another stage or image.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "fs/root_dir.h"

namespace estiba::dockerfile {
class IgnoreRules;
}

namespace estiba::build {

// Const members may be used from several threads at once.
class FileTree {
 public:
  enum class Kind {
    kContext,  // nothing may lead out of it; files belong to root in the image
    kImage,    // links resolve inside it; files keep their owners
  };
  // `name` is how messages call it: "the build context", "stage builder". `ignore` (.dockerignore)
  // is borrowed and may be null.
  FileTree(Kind kind, fs::RootDir root, std::string name,
           const dockerfile::IgnoreRules* ignore = nullptr);

  // The paths that a source of COPY names: itself, or what its wildcards match, sorted. Throws
  // kNotFound when there is none, kInvalidArgument when it leaves the context.
  [[nodiscard]] std::vector<std::string> expand(std::string_view source) const;

  // Opens what `path` arrives at, links followed inside the tree.
  [[nodiscard]] UniqueFd open(const std::string& path, int flags) const;
  // Opens the entry itself, without following it when it is a link (O_PATH).
  [[nodiscard]] UniqueFd open_entry(const std::string& path) const;
  // What `path` arrives at; throws kNotFound.
  [[nodiscard]] struct stat stat(const std::string& path) const;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool ignored(std::string_view path) const;
  // Whether something below an ignored directory may still be shown by an exception.
  [[nodiscard]] bool may_show_below(std::string_view directory) const;

 private:
  [[nodiscard]] std::vector<std::string> match(const std::vector<std::string>& components) const;
  [[nodiscard]] bool can_be_copied(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const;
  [[noreturn]] void fail_not_found(std::string_view source) const;

  Kind kind_;
  fs::RootDir root_;
  std::string name_;
  const dockerfile::IgnoreRules* ignore_;
};

}  // namespace estiba::build
