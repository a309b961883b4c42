// What "build --check" prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/checks.h"

namespace estiba::cli {

struct CheckedFile {
  std::string_view name;  // as messages call it
  std::string_view text;
};

// Docker's form, with a remedy below each finding; what only our own rules find comes as advice.
[[nodiscard]] std::string check_report(const std::vector<dockerfile::Warning>& warnings,
                                       const CheckedFile& file);
// Whether one of docker's own rules is broken.
[[nodiscard]] bool breaks_a_rule(const std::vector<dockerfile::Warning>& warnings);

}  // namespace estiba::cli
