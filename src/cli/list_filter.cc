#include "cli/list_filter.h"

#include <algorithm>

#include "base/error.h"

namespace estiba::cli {

ListFilter::ListFilter(const std::vector<std::string>& filters,
                       const std::vector<std::string_view>& keys) {
  for (const std::string& filter : filters) {
    const std::size_t equals = filter.find('=');
    if (equals == std::string::npos) {
      throw Error(ErrorCode::kInvalidArgument,
                  "bad format of filter (expected name=value): " + filter);
    }
    const std::string key = filter.substr(0, equals);
    if (std::ranges::find(keys, key) == keys.end()) {
      throw Error(ErrorCode::kInvalidArgument, "Invalid filter '" + key + "'");
    }
    filters_[key].push_back(filter.substr(equals + 1));
  }
}

std::vector<std::string> ListFilter::values_of(const std::string& key) const {
  const auto found = filters_.find(key);
  return found == filters_.end() ? std::vector<std::string>() : found->second;
}

bool ListFilter::accepts(
    const Labels& labels,
    const std::function<bool(const std::string& key, const std::string& value)>& fits) const {
  return std::ranges::all_of(filters_, [&](const auto& filter) {
    const auto& [key, values] = filter;
    const auto has = [&](const std::string& value) { return has_label(labels, value); };
    if (key == "label") return std::ranges::all_of(values, has);
    if (key == "label!") return std::ranges::none_of(values, has);
    return std::ranges::any_of(values, [&](const auto& value) { return fits(key, value); });
  });
}

bool filter_flag(const std::string& key, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw Error(ErrorCode::kInvalidArgument, "invalid filter '" + key + "=" + value + "'",
              "true or false");
}

}  // namespace estiba::cli
