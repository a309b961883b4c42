// The functions that templates know: Go's own and docker's; for .cc files only: it shows JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace estiba::cli {

using TemplateValue = nlohmann::ordered_json;

// What does not work out, in Go's words as far as they help.
[[noreturn]] void fail_template(const std::string& message);

// As Go tells what is empty: false, 0, "", nothing, no elements.
[[nodiscard]] bool is_true_value(const TemplateValue& value);
// As Go prints it: [a b], map[k:v].
[[nodiscard]] std::string print_value(const TemplateValue& value);
// Throws kInvalidArgument for a function that there is not, and for arguments that do not fit.
[[nodiscard]] TemplateValue call_function(const std::string& name,
                                          const std::vector<TemplateValue>& arguments);

}  // namespace estiba::cli
