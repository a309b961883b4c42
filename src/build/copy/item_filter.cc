#include "build/copy/item_filter.h"

#include "archive/layer_path.h"

namespace estiba::build {

ItemFilter::ItemFilter(const dockerfile::IgnoreRules* ignore,
                       const std::vector<std::string>& includes,
                       const std::vector<std::string>* excludes)
    : ignore_(ignore),
      includes_(dockerfile::IgnoreRules::from_patterns(includes)),
      excludes_(excludes != nullptr ? dockerfile::IgnoreRules::from_patterns(*excludes)
                                    : dockerfile::IgnoreRules()),
      includes_all_(includes.empty()) {}

void ItemFilter::start(const std::string& base) {
  base_ = base;
  Level top;
  // The verdict on the base is the sum of those on its parents.
  for (std::size_t end = 0; ignore_ != nullptr && !base.empty() && end != std::string::npos;) {
    end = base.find('/', end + 1);
    top.ignored = ignore_->judge(base.substr(0, end), top.ignored);
  }
  levels_.assign(1, top);
}

void ItemFilter::leave_until_above(std::string_view path) {
  while (levels_.size() > 1) {
    const std::string& directory = levels_.back().path;
    if (path.size() > directory.size() && path.starts_with(directory) &&
        path[directory.size()] == '/') {
      return;
    }
    levels_.pop_back();
  }
}

ItemFilter::Verdict ItemFilter::judge(std::string_view path, bool is_directory) {
  leave_until_above(path);
  const Level& parent = levels_.back();
  Level level{std::string(path), {}, {}, {}};
  Verdict verdict;
  const std::string whole = archive::join_path(base_, path);
  if (ignore_ != nullptr) level.ignored = ignore_->judge(whole, parent.ignored);
  if (!excludes_.empty()) level.excluded = excludes_.judge(path, parent.excluded);
  if (!includes_all_) level.included = includes_.judge(path, parent.included);
  const bool included = includes_all_ || level.included.ignored;
  verdict.by_pattern = level.excluded.ignored || !included;
  verdict.kept = !level.ignored.ignored && !verdict.by_pattern;
  if (!is_directory) return verdict;
  verdict.enter = (!level.ignored.ignored || ignore_->may_have_exceptions_below(whole)) &&
                  (!level.excluded.ignored || excludes_.may_have_exceptions_below(path)) &&
                  (included || includes_.may_match_below(path));
  if (verdict.enter) levels_.push_back(std::move(level));
  return verdict;
}

}  // namespace estiba::build
