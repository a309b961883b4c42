#include "build/copy/destination_tree.h"

#include <deque>
#include <utility>

#include "archive/layer_path.h"

namespace estiba::build {
namespace {

std::string parent_of(const std::string& path) {
  return std::string(archive::split_parent(path).parent);
}

}  // namespace

// Whether something that the layer wrote further up hides the image below at `path`.
bool DestinationTree::hidden(const std::string& path) const {
  if (below_ == nullptr) return true;
  for (std::string at = path; !at.empty(); at = parent_of(at)) {
    const auto written = written_.find(at);
    if (written != written_.end()) return written->second.hides_below;
  }
  return false;
}

const fs::RootDir* DestinationTree::below(const std::string& path) const {
  return hidden(path) ? nullptr : below_;
}

NodeKind DestinationTree::kind(const std::string& path) const {
  if (path.empty()) return NodeKind::kDirectory;
  const auto written = written_.find(path);
  if (written != written_.end()) return written->second.kind;
  if (hidden(parent_of(path))) return NodeKind::kNone;
  const auto status = below_->lstat(path);
  if (!status) return NodeKind::kNone;
  if (S_ISDIR(status->st_mode)) return NodeKind::kDirectory;
  return S_ISLNK(status->st_mode) ? NodeKind::kSymlink : NodeKind::kOther;
}

std::string DestinationTree::link_target(const std::string& path) const {
  const auto written = written_.find(path);
  return written != written_.end() ? written->second.link_target : below_->read_link(path);
}

std::string DestinationTree::resolve(std::string_view path, const std::string& root) const {
  std::deque<std::string> pending;
  archive::push_path_components(pending, path);
  std::string at;  // below `root`
  int links_followed = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.front());
    pending.pop_front();
    if (name == "..") {
      at = parent_of(at);
      continue;
    }
    std::string next = archive::join_path(at, name);
    const std::string whole = archive::join_path(root, next);
    if (kind(whole) != NodeKind::kSymlink) {
      at = std::move(next);
      continue;
    }
    if (++links_followed > archive::kMaxLinksFollowed) archive::throw_too_many_links(path);
    const std::string target = link_target(whole);
    if (target.starts_with('/')) at.clear();
    archive::push_path_components(pending, target);
  }
  return archive::join_path(root, at);
}

void DestinationTree::put(const std::string& path, NodeKind kind, std::string link_target) {
  const NodeKind before = this->kind(path);
  const bool merges = kind == NodeKind::kDirectory && before == NodeKind::kDirectory;
  if (before == NodeKind::kDirectory && !merges) forget_below(path);
  const bool hides = !merges || hidden(path);
  written_.insert_or_assign(path, Written{kind, std::move(link_target), hides});
}

void DestinationTree::forget_below(const std::string& path) {
  // "/" + 1 is "0": the range of all that starts with "path/".
  written_.erase(written_.lower_bound(path + "/"), written_.lower_bound(path + "0"));
}

}  // namespace estiba::build
