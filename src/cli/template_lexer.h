// Splits a template into literal text and actions, and an action into words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba::cli {

struct TemplatePiece {
  bool action = false;  // what stood between {{ and }}
  std::string text;
};
[[nodiscard]] std::vector<TemplatePiece> split_template(std::string_view text);

enum class WordKind {
  kField,
  kVariable,
  kString,
  kNumber,
  kName,
  kPipe,
  kOpen,
  kClose,
  kComma,
  kDeclare,  // ":=" or "="
};
struct TemplateWord {
  WordKind kind;
  // A field without its leading dot ("" is "."), a variable with its dollar, a string without
  // quotes.
  std::string text;
  bool is_attached = false;  // a field right behind a variable or parenthesis: its field
};
[[nodiscard]] std::vector<TemplateWord> split_action(std::string_view action);

}  // namespace estiba::cli
