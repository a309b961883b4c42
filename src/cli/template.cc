#include "cli/template.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "cli/template_evaluator.h"
#include "cli/template_lexer.h"

namespace estiba::cli {

// A block: text, an expression, or if/range/with with two lists of children.
struct Template::Node {
  enum class Kind { kBlock, kText, kValue, kIf, kRange, kWith };
  Kind kind = Kind::kBlock;
  std::string text{};
  std::vector<std::string> variables{};  // those before := or =
  bool declares = false;                 // := makes them, = changes them
  std::vector<TemplateWord> words{};
  std::vector<Node> children{};
  std::vector<Node> otherwise{};

  // What ended the list is left in `end`: {{end}}, or {{else}} with what follows it.
  static std::vector<Node> parse(const std::vector<TemplatePiece>& pieces, std::size_t& next,
                                 int depth, std::vector<TemplateWord>* end);
  static Node parse_block(std::vector<TemplateWord> words, const std::vector<TemplatePiece>& pieces,
                          std::size_t& next, int depth);
  static Kind kind_of(const std::vector<TemplateWord>& words);
  void take_variables();
  void set_variables(const TemplateScope& scope, const TemplateValue& value) const;
  void render(const TemplateScope& scope, std::string& out) const;
  void render_range(const TemplateScope& scope, const TemplateValue& value, std::string& out) const;
};

namespace {

constexpr int kMaxDepth = 32;

bool is_word(const std::vector<TemplateWord>& words, const std::string& text) {
  return !words.empty() && words.front().kind == WordKind::kName && words.front().text == text;
}

void set_variable(const TemplateScope& scope, const std::string& name, const TemplateValue& value) {
  for (auto known = scope.variables.rbegin(); known != scope.variables.rend(); ++known) {
    if (known->first != name) continue;
    known->second = value;
    return;
  }
  fail_template("undefined variable \"" + name + "\"");
}

// What was declared inside of a block is unknown after it.
class BlockScope {
 public:
  explicit BlockScope(const TemplateScope& scope)
      : variables_(scope.variables), size_(scope.variables.size()) {}
  ~BlockScope() {
    variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(size_), variables_.end());
  }
  BlockScope(const BlockScope&) = delete;
  BlockScope& operator=(const BlockScope&) = delete;

 private:
  std::vector<std::pair<std::string, TemplateValue>>& variables_;
  std::size_t size_;
};

}  // namespace

Template::Node::Kind Template::Node::kind_of(const std::vector<TemplateWord>& words) {
  if (is_word(words, "if")) return Kind::kIf;
  if (is_word(words, "range")) return Kind::kRange;
  if (is_word(words, "with")) return Kind::kWith;
  return Kind::kValue;
}

// "$x := ..." and "$key, $value := ...".
void Template::Node::take_variables() {
  std::size_t i = 0;
  std::vector<std::string> names;
  while (i < words.size() && words[i].kind == WordKind::kVariable) {
    names.push_back(words[i++].text);
    if (i < words.size() && words[i].kind == WordKind::kComma) ++i;
  }
  if (names.empty() || i >= words.size() || words[i].kind != WordKind::kDeclare) return;
  if (names.size() > (kind == Kind::kRange ? 2u : 1u)) fail_template("too many variables declared");
  declares = words[i].text == ":=";
  variables = std::move(names);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
}

Template::Node Template::Node::parse_block(std::vector<TemplateWord> words,
                                           const std::vector<TemplatePiece>& pieces,
                                           std::size_t& next, int depth) {
  if (depth > kMaxDepth) fail_template("nested too deeply");
  Node block{.kind = kind_of(words)};
  words.erase(words.begin());
  block.words = std::move(words);
  block.take_variables();
  std::vector<TemplateWord> end;
  block.children = parse(pieces, next, depth + 1, &end);
  if (is_word(end, "else")) {
    end.erase(end.begin());
    if (!end.empty()) {
      // {{else if}}: a block of its own that ends with ours.
      if (kind_of(end) == Kind::kValue) fail_template("unexpected words after {{else");
      block.otherwise.push_back(parse_block(std::move(end), pieces, next, depth + 1));
      return block;
    }
    block.otherwise = parse(pieces, next, depth + 1, &end);
  }
  if (!is_word(end, "end")) fail_template("missing {{end}}");
  return block;
}

std::vector<Template::Node> Template::Node::parse(const std::vector<TemplatePiece>& pieces,
                                                  std::size_t& next, int depth,
                                                  std::vector<TemplateWord>* end) {
  std::vector<Node> nodes;
  while (next < pieces.size()) {
    const TemplatePiece& piece = pieces[next++];
    if (!piece.action) {
      nodes.push_back({.kind = Kind::kText, .text = piece.text});
      continue;
    }
    if (piece.text.starts_with("/*") && piece.text.ends_with("*/")) continue;
    std::vector<TemplateWord> words = split_action(piece.text);
    if (words.empty()) fail_template("empty action");
    if (is_word(words, "end") || is_word(words, "else")) {
      if (end == nullptr) fail_template("unexpected {{" + words.front().text + "}}");
      *end = std::move(words);
      return nodes;
    }
    if (kind_of(words) != Kind::kValue) {
      nodes.push_back(parse_block(std::move(words), pieces, next, depth));
      continue;
    }
    Node value{.kind = Kind::kValue, .words = std::move(words)};
    value.take_variables();
    nodes.push_back(std::move(value));
  }
  return nodes;
}

void Template::Node::set_variables(const TemplateScope& scope, const TemplateValue& value) const {
  if (declares) {
    scope.variables.emplace_back(variables.front(), value);
  } else {
    set_variable(scope, variables.front(), value);
  }
}

// Of one variable it is the value, of two the key or number comes first. Maps are sorted by key.
void Template::Node::render_range(const TemplateScope& scope, const TemplateValue& value,
                                  std::string& out) const {
  std::vector<std::pair<TemplateValue, TemplateValue>> items;
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) items.emplace_back(key, item);
    std::ranges::sort(items, {},
                      [](const auto& item) { return item.first.template get<std::string>(); });
  } else if (value.is_array()) {
    for (const TemplateValue& item : value) items.emplace_back(items.size(), item);
  } else {
    fail_template("range can't iterate over " + print_value(value));
  }
  for (const auto& [key, item] : items) {
    const BlockScope inside(scope);
    if (variables.size() == 2) scope.variables.emplace_back(variables.front(), key);
    if (!variables.empty()) scope.variables.emplace_back(variables.back(), item);
    for (const Node& child : children) child.render({item, scope.variables}, out);
  }
}

void Template::Node::render(const TemplateScope& scope, std::string& out) const {
  const auto render_all = [&out, &scope](const std::vector<Node>& nodes, const TemplateValue& dot) {
    const BlockScope inside(scope);
    for (const Node& node : nodes) node.render({dot, scope.variables}, out);
  };
  if (kind == Kind::kText) {
    out += text;
    return;
  }
  if (kind == Kind::kBlock) return render_all(children, scope.dot);
  const TemplateValue value = evaluate_template(words, scope);
  if (kind == Kind::kValue) {
    if (variables.empty()) {
      out += print_value(value);
    } else {
      set_variables(scope, value);
    }
    return;
  }
  const BlockScope inside(scope);
  if (!is_true_value(value)) {
    render_all(otherwise, scope.dot);
  } else if (kind == Kind::kRange) {
    render_range(scope, value, out);
  } else {
    if (!variables.empty()) set_variables(scope, value);
    render_all(children, kind == Kind::kWith ? value : scope.dot);
  }
}

Template::Template(std::string_view text) : root_(std::make_unique<Node>()) {
  std::size_t next = 0;
  root_->children = Node::parse(split_template(text), next, 0, nullptr);
}
Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

std::string Template::render(std::string_view json_document) const {
  const TemplateValue dot = TemplateValue::parse(json_document, nullptr, false);
  if (dot.is_discarded()) throw Error(ErrorCode::kInternal, "template: the value is not JSON");
  std::vector<std::pair<std::string, TemplateValue>> variables = {{"$", dot}};
  std::string out;
  root_->render({dot, variables}, out);
  return out;
}

}  // namespace estiba::cli
