#include "cli/template_evaluator.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "cli/labels.h"

namespace estiba::cli {
namespace {

constexpr int kMaxParentheses = 32;

TemplateValue field_of(const TemplateValue& start, const std::string& path) {
  if (path.empty()) return start;
  const TemplateValue* value = &start;
  for (const std::string& name : split(path, '.')) {
    if (value->is_null()) return nullptr;
    if (!value->is_object()) {
      fail_template("can't evaluate field " + name + " in " + print_value(*value));
    }
    const auto found = value->find(name);
    if (found == value->end()) fail_template("no such field: ." + path);
    value = &*found;
  }
  return *value;
}

// docker's method of rows, whose labels are one text: {{.Label "key"}}. In the headings of a table
// the text is the column's name, and the key is its heading.
TemplateValue label_of(const TemplateValue& dot, const std::string& key) {
  const TemplateValue labels = field_of(dot, "Labels");
  const std::string text = print_value(labels);
  if (text.find('=') == std::string::npos && !text.empty()) return key;
  const Labels known = parse_labels(split(text, ','));
  const auto found = known.find(key);
  return found == known.end() ? "" : found->second;
}

// Evaluates a pipeline: operands, a function applied to operands, parentheses, "|".
class Evaluator {
 public:
  Evaluator(const std::vector<TemplateWord>& words, const TemplateScope& scope)
      : words_(words), scope_(scope) {}

  TemplateValue pipeline(int depth = 0) {
    if (depth > kMaxParentheses) fail_template("nested too deeply");
    std::optional<TemplateValue> piped;
    for (;;) {
      piped = command(piped, depth);
      if (position_ >= words_.size() || words_[position_].kind != WordKind::kPipe) break;
      ++position_;
    }
    return *piped;
  }

  void expect_end() const {
    if (position_ < words_.size()) fail_template("unexpected \"" + words_[position_].text + "\"");
  }

 private:
  [[nodiscard]] bool at_operand() const {
    return position_ < words_.size() && words_[position_].kind != WordKind::kPipe &&
           words_[position_].kind != WordKind::kClose;
  }

  TemplateValue command(const std::optional<TemplateValue>& piped, int depth) {
    if (!at_operand()) fail_template("missing value");
    const TemplateWord& word = words_[position_];
    std::string function;
    if (word.kind == WordKind::kName && word.text != "true" && word.text != "false" &&
        word.text != "nil") {
      function = word.text;
      ++position_;
    } else if (word.kind == WordKind::kField && word.text == "Label" && takes_text()) {
      position_ += 2;
      return label_of(scope_.dot, words_[position_ - 1].text);
    }
    std::vector<TemplateValue> arguments;
    while (at_operand()) arguments.push_back(operand(depth));
    if (piped) arguments.push_back(*piped);
    if (!function.empty()) return call_function(function, arguments);
    if (arguments.size() != 1) fail_template("cannot give arguments to a value");
    return arguments.front();
  }

  [[nodiscard]] bool takes_text() const {
    return position_ + 1 < words_.size() && words_[position_ + 1].kind == WordKind::kString;
  }

  // With the fields that follow it without a space: (index . 0).Name, $x.Name.
  TemplateValue operand(int depth) {
    TemplateValue value = primary(depth);
    while (position_ < words_.size() && words_[position_].kind == WordKind::kField &&
           words_[position_].is_attached) {
      value = field_of(value, words_[position_++].text);
    }
    return value;
  }

  TemplateValue primary(int depth) {
    const TemplateWord word = words_[position_++];
    switch (word.kind) {
      case WordKind::kField:
        return field_of(scope_.dot, word.text);
      case WordKind::kVariable:
        return variable(word.text);
      case WordKind::kString:
        return word.text;
      case WordKind::kNumber:
        if (word.text.find('.') != std::string::npos)
          return std::strtod(word.text.c_str(), nullptr);
        return std::strtoll(word.text.c_str(), nullptr, 10);
      case WordKind::kOpen: {
        TemplateValue value = pipeline(depth + 1);
        if (position_ >= words_.size() || words_[position_].kind != WordKind::kClose) {
          fail_template("missing \")\"");
        }
        ++position_;
        return value;
      }
      default:
        if (word.text == "nil") return nullptr;
        if (word.text == "true" || word.text == "false") return word.text == "true";
        // A function without arguments, or with those that follow in parentheses only.
        if (word.kind == WordKind::kName) return call_function(word.text, {});
        fail_template("unexpected \"" + word.text + "\"");
    }
  }

  [[nodiscard]] TemplateValue variable(const std::string& name) const {
    for (auto known = scope_.variables.rbegin(); known != scope_.variables.rend(); ++known) {
      if (known->first == name) return known->second;
    }
    fail_template("undefined variable \"" + name + "\"");
  }

  const std::vector<TemplateWord>& words_;
  const TemplateScope& scope_;
  std::size_t position_ = 0;
};

}  // namespace

TemplateValue evaluate_template(const std::vector<TemplateWord>& words,
                                const TemplateScope& scope) {
  Evaluator evaluator(words, scope);
  TemplateValue value = evaluator.pipeline();
  evaluator.expect_end();
  return value;
}

}  // namespace estiba::cli
