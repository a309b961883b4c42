// docker's --filter KEY=VALUE, whatever is listed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/labels.h"

namespace estiba::cli {

class ListFilter {
 public:
  // Accepts everything.
  ListFilter() = default;
  // Throws kInvalidArgument for what is no KEY=VALUE, and for a key that is not among `keys`.
  ListFilter(const std::vector<std::string>& filters, const std::vector<std::string_view>& keys);

  [[nodiscard]] bool asks_for(const std::string& key) const { return filters_.contains(key); }
  [[nodiscard]] std::vector<std::string> values_of(const std::string& key) const;
  // Values of one key are alternatives, keys add up; so do the values of "label". The keys "label"
  // and "label!" are judged here, by `labels`; all others by `fits`.
  [[nodiscard]] bool accepts(
      const Labels& labels,
      const std::function<bool(const std::string& key, const std::string& value)>& fits) const;

 private:
  std::map<std::string, std::vector<std::string>> filters_;
};

// The value of a filter that is true or false; throws kInvalidArgument.
[[nodiscard]] bool filter_flag(const std::string& key, const std::string& value);

}  // namespace estiba::cli
