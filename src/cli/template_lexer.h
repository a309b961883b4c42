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

enum class WordKind { kField, kString, kNumber, kName, kPipe, kOpen, kClose };
struct TemplateWord {
  WordKind kind;
  std::string text;  // a field without its leading dot ("" is "."), a string without quotes
};
[[nodiscard]] std::vector<TemplateWord> split_action(std::string_view action);

}  // namespace estiba::cli
