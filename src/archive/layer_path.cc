#include "archive/layer_path.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"

namespace estiba::archive {

void push_path_components(std::deque<std::string>& pending, std::string_view path) {
  const std::vector<std::string> parts = split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") pending.push_front(*part);
  }
}

void throw_no_parent(std::string_view path, std::string_view name, PathStep found) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the layer has no directory {:?}: {:?} is {}", path, name,
                          found == PathStep::kOther ? "no directory" : "missing"));
}

void throw_too_many_links(std::string_view path) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the directory {:?} of the layer leads through more than {} links", path,
                          kMaxLinksFollowed));
}

ParentAndName split_parent(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {.parent = "", .name = path};
  return {.parent = path.substr(0, slash), .name = path.substr(slash + 1)};
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty() || name.empty()) return std::string(directory.empty() ? name : directory);
  return fmt::format("{}/{}", directory, name);
}

}  // namespace estiba::archive
