#include "build/copy/copy_items.h"

#include <fcntl.h>

#include "base/error.h"
#include "fs/tree.h"

namespace estiba::build {
namespace {

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

class Collector {
 public:
  Collector() = default;

  void add(const CopyPart& part, const std::string& path) {
    tree_ = part.tree;
    const struct stat status = tree_->stat(path);
    if (!S_ISDIR(status.st_mode)) {
      push({tree_, path, last_component(path), status, true, part.unpack});
      return;
    }
    push({tree_, path, "", status});
    const UniqueFd directory = tree_->open(path, O_RDONLY | O_DIRECTORY);
    fs::walk(directory.get(), [&](const fs::WalkEntry& entry) { return visit(path, entry); });
    drop_hidden_directories();
  }

  CopyItems take() { return std::move(result_); }

 private:
  fs::WalkStep visit(const std::string& base, const fs::WalkEntry& entry) {
    const bool is_directory = S_ISDIR(entry.status.st_mode);
    std::string path =
        base.empty() ? std::string(entry.path) : base + "/" + std::string(entry.path);
    const bool hidden = tree_->ignored(path);
    if (hidden && !is_directory) return fs::WalkStep::kContinue;
    if (hidden && !tree_->may_show_below(path)) return fs::WalkStep::kSkipDirectory;
    if (S_ISSOCK(entry.status.st_mode)) return fs::WalkStep::kContinue;
    if (hidden) hidden_.push_back(result_.items.size());
    push({tree_, std::move(path), std::string(entry.path), entry.status});
    return fs::WalkStep::kContinue;
  }

  // A hidden directory is there only for what an exception shows in it.
  void drop_hidden_directories() {
    for (auto hidden = hidden_.rbegin(); hidden != hidden_.rend(); ++hidden) {
      const auto item = result_.items.begin() + static_cast<std::ptrdiff_t>(*hidden);
      const auto next = item + 1;
      const bool has_content =
          next != result_.items.end() && next->target.starts_with(item->target + "/");
      if (!has_content) result_.items.erase(item);
    }
    hidden_.clear();
  }

  void push(CopyItem item) {
    if (S_ISREG(item.status.st_mode)) {
      result_.total_bytes += static_cast<std::uint64_t>(item.status.st_size);
    }
    result_.items.push_back(std::move(item));
  }

  const FileTree* tree_ = nullptr;
  CopyItems result_;
  std::vector<std::size_t> hidden_;
};

}  // namespace

CopyItems collect_copy_items(const std::vector<CopyPart>& parts) {
  Collector collector;
  std::size_t named = 0;
  for (const CopyPart& part : parts) {
    for (const std::string& source : part.sources) {
      for (const std::string& path : part.tree->expand(source)) {
        collector.add(part, path);
        ++named;
      }
    }
  }
  CopyItems items = collector.take();
  items.several_sources = named > 1;
  return items;
}

}  // namespace estiba::build
