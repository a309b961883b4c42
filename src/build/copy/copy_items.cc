#include "build/copy/copy_items.h"

#include <fcntl.h>

#include <algorithm>

#include "archive/layer_path.h"
#include "base/error.h"
#include "build/copy/item_filter.h"
#include "dockerfile/match.h"
#include "fs/tree.h"

namespace estiba::build {
namespace {

using archive::join_path;

// A source of COPY --parents: "a/./b/*.txt" is the pattern "b/*.txt" below "a".
struct Pivot {
  std::string directory = "/";
  std::string pattern;
};

Pivot split_pivot(const std::string& source) {
  const std::size_t pivot = source.find("/./");
  if (pivot == std::string::npos) return {"/", source};
  return {source.substr(0, pivot), source.substr(pivot + 3)};
}

class Collector {
 public:
  void add(const CopyPart& part) {
    part_ = &part;
    for (const std::string& source : part.sources) {
      if (part.parents) {
        add_with_parents(source);
      } else if (part.literal) {
        add_found(part.tree->find(source), {});
      } else {
        for (const FileTree::Found& found : part.tree->expand(source)) add_found(found, {});
      }
    }
  }

  CopyItems take() { return std::move(result_); }

 private:
  void add_with_parents(const std::string& source) {
    const Pivot pivot = split_pivot(source);
    const std::string pattern = clean_source(pivot.pattern);
    const bool wild =
        dockerfile::has_wildcards(pivot.directory) || dockerfile::has_wildcards(pattern);
    // A path must exist; a pattern may match nothing.
    if (!wild) (void)part_->tree->find(join_path(pivot.directory, pattern));
    for (const FileTree::Found& found : part_->tree->expand(pivot.directory)) {
      add_found(found, {pattern});
    }
  }

  void add_found(const FileTree::Found& found, const std::vector<std::string>& includes) {
    const struct stat status = part_->tree->stat(found.path);
    push({part_->tree, found.path, found.name, status, true, part_->unpack, false});
    if (!S_ISDIR(status.st_mode)) return;
    ItemFilter filter(part_->tree->ignore(), includes, part_->excludes);
    filter.start(found.path);
    pending_.clear();
    const UniqueFd directory = part_->tree->open(found.path, O_RDONLY | O_DIRECTORY);
    fs::walk(directory.get(),
             [&](const fs::WalkEntry& entry) { return visit(found.path, entry, filter); });
  }

  fs::WalkStep visit(const std::string& base, const fs::WalkEntry& entry, ItemFilter& filter) {
    const std::string target(entry.path);
    const bool is_directory = S_ISDIR(entry.status.st_mode);
    while (!pending_.empty() && !target.starts_with(pending_.back().target + "/")) {
      pending_.pop_back();
    }
    const ItemFilter::Verdict verdict = filter.judge(target, is_directory);
    CopyItem item{part_->tree, join_path(base, target), target, entry.status};
    if (verdict.kept) {
      for (CopyItem& folder : pending_) push(std::move(folder));
      pending_.clear();
      push(std::move(item));
    } else if (is_directory && verdict.enter) {
      item.on_the_way = verdict.by_pattern;
      pending_.push_back(std::move(item));
    }
    return is_directory && !verdict.enter ? fs::WalkStep::kSkipDirectory : fs::WalkStep::kContinue;
  }

  void push(CopyItem item) {
    if (S_ISREG(item.status.st_mode)) {
      result_.total_bytes += static_cast<std::uint64_t>(item.status.st_size);
    }
    result_.items.push_back(std::move(item));
  }

  const CopyPart* part_ = nullptr;
  CopyItems result_;
  // Folders around the current entry that are there only if something in them is kept.
  std::vector<CopyItem> pending_;
};

}  // namespace

CopyItems collect_copy_items(const std::vector<CopyPart>& parts) {
  Collector collector;
  for (const CopyPart& part : parts) collector.add(part);
  return collector.take();
}

}  // namespace estiba::build
