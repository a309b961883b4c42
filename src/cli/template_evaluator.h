// The value of one action of a template: operands, functions, pipes; for .cc files only: it shows
// JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/template_functions.h"
#include "cli/template_lexer.h"

namespace estiba::cli {

// What names mean at one place: the value of ".", and the variables that were declared so far.
struct TemplateScope {
  const TemplateValue& dot;
  std::vector<std::pair<std::string, TemplateValue>>& variables;  // "$" is the first
};

// Throws kInvalidArgument for what is no expression, and for what it does not find.
[[nodiscard]] TemplateValue evaluate_template(const std::vector<TemplateWord>& words,
                                              const TemplateScope& scope);

}  // namespace estiba::cli
