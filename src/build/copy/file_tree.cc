#include "build/copy/file_tree.h"

#include <fcntl.h>

#include <algorithm>
#include <span>

#include "archive/layer_path.h"
#include "base/error.h"
#include "base/text.h"
#include "dockerfile/ignore.h"
#include "dockerfile/match.h"
#include "fs/tree.h"

namespace estiba::build {
namespace {

std::vector<std::string> clean_components(std::string_view source) {
  std::vector<std::string> components;
  for (const std::string& component : split(source, '/')) {
    if (component.empty() || component == ".") continue;
    if (component != "..") {
      components.push_back(component);
    } else if (!components.empty()) {
      components.pop_back();
    }
  }
  return components;
}

}  // namespace

using archive::join_path;

std::string clean_source(std::string_view source) {
  return join(clean_components(source), "/");
}

FileTree::FileTree(Kind kind, fs::RootDir root, std::string name,
                   const dockerfile::IgnoreRules* ignore)
    : kind_(kind),
      root_(std::move(root)),
      name_(std::move(name)),
      ignore_(ignore != nullptr && !ignore->empty() ? ignore : nullptr) {}

// Matches components one by one; from the first wildcard on links are not followed, except one
// that is matched as a whole.
class FileTree::Matcher {
 public:
  explicit Matcher(const FileTree& tree) : tree_(tree) {}

  void match(const std::string& directory, std::span<const std::string> patterns) {
    const UniqueFd fd = tree_.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    for (const std::string& name : fs::list_directory(fd.get())) {
      if (!dockerfile::match_path(patterns.front(), name)) continue;
      const std::string path = join_path(directory, name);
      if (patterns.size() == 1) {
        if (tree_.visible(path)) found_.push_back(path);
      } else if (is_directory(path)) {
        match(path, patterns.subspan(1));
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& found() const { return found_; }

 private:
  [[nodiscard]] bool is_directory(const std::string& path) const {
    const auto status = tree_.root_.lstat(path);
    return status && S_ISDIR(status->st_mode);
  }

  const FileTree& tree_;
  std::vector<std::string> found_;
};

std::vector<FileTree::Found> FileTree::expand(std::string_view source) const {
  const std::vector<std::string> components = clean_components(source);
  const auto wild = std::find_if(components.begin(), components.end(), dockerfile::has_wildcards);
  const std::string literal = join(std::vector<std::string>(components.begin(), wild), "/");
  const auto start = try_find(literal);
  if (!start) fail_not_found(source);
  if (wild == components.end()) return {*start};
  for (auto pattern = wild; pattern != components.end(); ++pattern) {
    dockerfile::check_pattern(*pattern);
  }
  if (!S_ISDIR(stat(start->path).st_mode)) fail_not_found(source);
  Matcher matcher(*this);
  matcher.match(start->path, std::span(&*wild, static_cast<std::size_t>(components.end() - wild)));
  std::vector<Found> found;
  for (const std::string& path : matcher.found()) {
    const auto arrived = try_find(path);
    if (!arrived) fail_not_found(path);  // a link to nothing
    found.push_back(*arrived);
  }
  return found;
}

FileTree::Found FileTree::find(std::string_view source) const {
  const auto found = try_find(clean_source(source));
  if (!found) fail_not_found(source);
  return *found;
}

std::optional<FileTree::Found> FileTree::try_find(const std::string& path) const {
  Found found{root_.resolve(path), std::string(archive::split_parent(path).name)};
  if (!root_.lstat(found.path)) return std::nullopt;
  if (!visible(found.path) || (found.path != path && !visible(path))) return std::nullopt;
  return found;
}

// A directory that is ignored is still there when an exception shows something in it.
bool FileTree::visible(const std::string& path) const {
  if (ignore_ == nullptr || path.empty() || !ignore_->ignored(path)) return true;
  return ignore_->may_have_exceptions_below(path) && shows_something(path);
}

bool FileTree::shows_something(const std::string& directory) const {
  const auto status = root_.lstat(directory);
  if (!status || !S_ISDIR(status->st_mode)) return false;
  bool shown = false;
  const UniqueFd fd = open(directory, O_RDONLY | O_DIRECTORY);
  fs::walk(fd.get(), [&](const fs::WalkEntry& entry) {
    const std::string path = join_path(directory, entry.path);
    shown = !ignore_->ignored(path);
    if (shown) return fs::WalkStep::kStop;
    const bool skip = S_ISDIR(entry.status.st_mode) && !ignore_->may_have_exceptions_below(path);
    return skip ? fs::WalkStep::kSkipDirectory : fs::WalkStep::kContinue;
  });
  return shown;
}

UniqueFd FileTree::open(const std::string& path, int flags) const {
  return root_.open(path, flags, 0, fs::Resolve::kInRoot);
}

UniqueFd FileTree::open_entry(const std::string& path) const {
  return open(path, O_PATH | O_NOFOLLOW);
}

std::string FileTree::read_link(const std::string& path) const {
  return root_.read_link(path);
}

struct stat FileTree::stat(const std::string& path) const {
  const UniqueFd fd = open(path, O_PATH);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno("stat " + path);
  return status;
}

void FileTree::fail_not_found(std::string_view source) const {
  std::string hint;
  const std::string path = clean_source(source);
  if (ignore_ != nullptr && ignore_->ignored(path)) {
    hint = "it is excluded by .dockerignore";
  } else if (kind_ == Kind::kContext) {
    hint = "paths are relative to the context directory, the last argument of the build";
  }
  throw Error(ErrorCode::kNotFound, "\"" + std::string(source) + "\": not found in " + name_, hint);
}

}  // namespace estiba::build
