#include "build/copy/file_tree.h"

#include <fcntl.h>

#include <algorithm>

#include "archive/layer_path.h"
#include "base/error.h"
#include "base/text.h"
#include "dockerfile/ignore.h"
#include "dockerfile/match.h"
#include "fs/tree.h"

namespace estiba::build {

using archive::join_path;

FileTree::FileTree(Kind kind, fs::RootDir root, std::string name,
                   const dockerfile::IgnoreRules* ignore)
    : kind_(kind), root_(std::move(root)), name_(std::move(name)), ignore_(ignore) {}

bool FileTree::ignored(std::string_view path) const {
  return ignore_ != nullptr && !ignore_->empty() && ignore_->ignored(path);
}

bool FileTree::may_show_below(std::string_view directory) const {
  return ignore_ == nullptr || ignore_->may_have_exceptions_below(directory);
}

std::vector<std::string> FileTree::expand(std::string_view source) const {
  std::vector<std::string> components;
  for (const std::string& component : split(source, '/')) {
    if (component.empty() || component == ".") continue;
    if (component != "..") {
      components.push_back(component);
    } else if (!components.empty()) {
      components.pop_back();
    } else if (kind_ == Kind::kContext) {
      throw Error(ErrorCode::kInvalidArgument,
                  "\"" + std::string(source) + "\" leads out of " + name_,
                  "name files below the context directory, or build with a directory further up");
    }
  }
  std::vector<std::string> found = match(components);
  if (found.empty()) fail_not_found(source);
  return found;
}

std::vector<std::string> FileTree::match(const std::vector<std::string>& components) const {
  std::vector<std::string> matches = {""};
  for (const std::string& component : components) {
    std::vector<std::string> next;
    for (const std::string& directory : matches) {
      if (!dockerfile::has_wildcards(component)) {
        next.push_back(join_path(directory, component));
        continue;
      }
      for (const std::string& name : list(directory)) {
        if (dockerfile::match_path(component, name)) next.push_back(join_path(directory, name));
      }
    }
    matches = std::move(next);
  }
  std::erase_if(matches, [this](const std::string& path) { return !can_be_copied(path); });
  return matches;
}

bool FileTree::can_be_copied(const std::string& path) const {
  try {
    return S_ISDIR(stat(path).st_mode) || !ignored(path);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return false;
    throw;
  }
}

std::vector<std::string> FileTree::list(const std::string& directory) const {
  try {
    const UniqueFd fd = open(directory, O_RDONLY | O_DIRECTORY);
    return fs::list_directory(fd.get());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return {};
    throw;
  }
}

UniqueFd FileTree::open(const std::string& path, int flags) const {
  const auto resolve = kind_ == Kind::kContext ? fs::Resolve::kBeneath : fs::Resolve::kInRoot;
  return root_.open(path, flags, 0, resolve);
}

UniqueFd FileTree::open_entry(const std::string& path) const {
  return open(path, O_PATH | O_NOFOLLOW);
}

struct stat FileTree::stat(const std::string& path) const {
  const UniqueFd fd = open(path, O_PATH);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno("stat " + path);
  return status;
}

void FileTree::fail_not_found(std::string_view source) const {
  std::string hint;
  const std::string path(trim(source));
  if (ignored(path.starts_with('/') ? path.substr(1) : path)) {
    hint = "it is excluded by .dockerignore";
  } else if (kind_ == Kind::kContext) {
    hint = "paths are relative to the context directory, the last argument of the build";
  }
  throw Error(ErrorCode::kNotFound, "\"" + std::string(source) + "\": not found in " + name_, hint);
}

}  // namespace estiba::build
