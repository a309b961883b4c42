// Labels as commands take, show and filter by them.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace estiba::cli {

using Labels = std::map<std::string, std::string>;

// "K=V" or "K" each.
[[nodiscard]] Labels parse_labels(const std::vector<std::string>& texts);
// "K=V,K2=V2", as lists show them.
[[nodiscard]] std::string labels_text(const Labels& labels);
// Whether "K" is there, or has the value of "K=V".
[[nodiscard]] bool has_label(const Labels& labels, const std::string& wanted);

}  // namespace estiba::cli
