#include "run/container_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

#include "archive/compression.h"
#include "archive/extract.h"
#include "archive/layer_tar.h"
#include "base/error.h"
#include "base/fd.h"

namespace estiba::run {
namespace {

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::string name_of_path(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

// What a person wrote, taken apart.
struct WrittenPath {
  std::string path;            // without slashes and "." at the end
  bool means_content = false;  // "dir/."
  bool is_directory = false;   // "dir/"
};

WrittenPath take_apart(std::string_view text) {
  WrittenPath written;
  for (;;) {
    if (text.ends_with("/.") || text == ".") {
      written.means_content = true;
      text.remove_suffix(1);
    } else if (text.ends_with('/')) {
      written.is_directory = true;
      text.remove_suffix(1);
    } else {
      written.path = text;
      return written;
    }
  }
}

// Where the source lies, without links on the way.
struct FoundSource {
  std::string path;  // "" is the root of the tree
  std::string name;  // how it is called where it lands
  struct stat status = {};
  bool means_content = false;
};

FoundSource find_source(const CopyPlace& from, const CopyFlags& flags) {
  const WrittenPath written = take_apart(from.path);
  const bool follows = flags.follows_link || written.means_content || written.is_directory;
  FoundSource found{.path = {}, .name = name_of_path(written.path)};
  const std::string whole = from.tree.resolve(written.path);
  found.path = follows || written.path.empty()
                   ? whole
                   : joined(from.tree.resolve(directory_of(written.path)), found.name);
  // ".." and the like are no names.
  if (found.name == "..") found.path = whole, found.name = name_of_path(whole);
  found.means_content = written.means_content || found.path.empty();
  const auto status = from.tree.lstat(found.path);
  if (!status) throw Error(ErrorCode::kNotFound, fmt::format("Could not find {}", from.shown));
  if ((written.is_directory || written.means_content) && !S_ISDIR(status->st_mode)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is not a directory", from.shown));
  }
  found.status = *status;
  return found;
}

// Where the source's file or directory itself comes to lie.
std::string find_target(const CopyPlace& to, const FoundSource& source) {
  const WrittenPath written = take_apart(to.path);
  const std::string path = to.tree.resolve(written.path);
  const auto there = to.tree.lstat(path);
  const bool is_directory = S_ISDIR(source.status.st_mode);
  if (there && S_ISDIR(there->st_mode)) {
    return source.means_content ? path : joined(path, source.name);
  }
  if (there && is_directory) {
    throw Error(ErrorCode::kInvalidArgument, "cannot copy directory to " + to.shown + ", a file");
  }
  const bool wants_directory = written.is_directory || written.means_content;
  if ((there || !is_directory) && wants_directory) {
    throw Error(there ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
                fmt::format("no such directory: {}", to.shown));
  }
  const auto parent = to.tree.lstat(directory_of(path));
  if (!parent || !S_ISDIR(parent->st_mode)) {
    throw Error(ErrorCode::kNotFound, fmt::format("no such directory: the parent of {}", to.shown));
  }
  return path;
}

UniqueFd open_parent(const CopyPlace& place, const FoundSource& source) {
  return place.tree.open(directory_of(source.path), O_RDONLY | O_DIRECTORY, 0,
                         fs::Resolve::kBeneathNoSymlinks);
}

// "." for the root of a tree.
std::string entry_name(const FoundSource& source) {
  return source.path.empty() ? "." : name_of_path(source.path);
}

}  // namespace

void copy_between(const CopyPlace& from, const CopyPlace& to, const CopyFlags& flags) {
  const FoundSource source = find_source(from, flags);
  const std::string target = find_target(to, source);
  const UniqueFd parent = open_parent(from, source);
  copy_entry(parent.get(), entry_name(source), to.tree, target, flags.owner);
}

void copy_to_tar(const CopyPlace& from, Sink& tar, const CopyFlags& flags) {
  const FoundSource source = find_source(from, flags);
  const UniqueFd parent = open_parent(from, source);
  archive::write_tree(parent.get(), entry_name(source), source.means_content ? "" : source.name,
                      tar);
}

void copy_from_tar(Source& tar, const CopyPlace& to) {
  const auto directory = to.tree.try_open(to.path, O_RDONLY | O_DIRECTORY);
  if (!directory) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("destination \"{}\" must be a directory", to.shown));
  }
  const fs::RootDir root(duplicate(directory->get()));
  const auto plain = archive::open_maybe_compressed(tar);
  archive::extract_layer(*plain, root, {.whiteouts = archive::WhiteoutHandling::kNone, .stop = {}});
}

}  // namespace estiba::run
