#include "cli/template.h"

#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/template_lexer.h"

namespace estiba::cli {

using Json = nlohmann::ordered_json;

// A block: text, an expression, or if/range/with with two lists of children.
struct Template::Node {
  enum class Kind { kBlock, kText, kValue, kIf, kRange, kWith };
  Kind kind = Kind::kBlock;
  std::string text;
  std::vector<TemplateWord> words;
  std::vector<Node> children;
  std::vector<Node> otherwise;

  static std::vector<Node> parse(const std::vector<TemplatePiece>& pieces, std::size_t& next,
                                 int depth, std::string* ended_by);
  void render(const Json& dot, std::string& out) const;
};

namespace {

constexpr int kMaxDepth = 32;

[[noreturn]] void fail(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "template: " + message,
              "write fields as {{.Name}}, or --format json for everything");
}

bool is_true(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

std::string print(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<no value>";
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(print(item));
    return "[" + join(parts, " ") + "]";
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [key, item] : value.items()) parts.push_back(key + ":" + print(item));
    return "map[" + join(parts, " ") + "]";
  }
  return value.dump();
}

Json field(const Json& dot, const std::string& path) {
  if (path.empty()) return dot;
  const Json* value = &dot;
  for (const std::string& name : split(path, '.')) {
    if (value->is_null()) return nullptr;
    if (!value->is_object()) fail("can't evaluate field " + name + " in " + print(*value));
    const auto found = value->find(name);
    if (found == value->end()) fail("no such field: ." + path);
    value = &*found;
  }
  return *value;
}

Json index(Json value, const std::vector<Json>& keys) {
  for (const Json& key : keys) {
    if (value.is_array() && key.is_number()) {
      const auto position = key.get<std::size_t>();
      if (position >= value.size()) fail("index out of range: " + key.dump());
      value = Json(value[position]);
    } else if (value.is_object() && key.is_string()) {
      const auto found = value.find(key.get<std::string>());
      value = found == value.end() ? Json("") : Json(*found);
    } else {
      fail("cannot index " + print(value) + " by " + print(key));
    }
  }
  return value;
}

Json change_case(const Json& value, int (*change)(int)) {
  std::string text = print(value);
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

Json call(const std::string& name, const std::vector<Json>& arguments) {
  if (arguments.empty()) fail("\"" + name + "\" needs an argument");
  const Json& first = arguments.front();
  if (name == "json") return first.dump();
  if (name == "index") return index(first, {arguments.begin() + 1, arguments.end()});
  if (name == "len") return first.is_string() ? first.get<std::string>().size() : first.size();
  if (name == "print") return print(first);
  if (name == "println") return print(first) + "\n";
  if (name == "upper") return change_case(first, std::toupper);
  if (name == "lower") return change_case(first, std::tolower);
  if (name == "not") return !is_true(first);
  if (name == "eq") return arguments.size() > 1 && first == arguments[1];
  if (name == "ne") return arguments.size() > 1 && first != arguments[1];
  if (name == "join" && first.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : first) parts.push_back(print(item));
    return join(parts, arguments.size() > 1 ? print(arguments[1]) : "");
  }
  fail("function \"" + name + "\" not defined");
}

// Evaluates a pipeline: operands, a function applied to operands, parentheses, "|".
class Evaluator {
 public:
  Evaluator(const std::vector<TemplateWord>& words, const Json& dot) : words_(words), dot_(dot) {}

  Json pipeline(int depth = 0) {
    if (depth > kMaxDepth) fail("nested too deeply");
    std::optional<Json> piped;
    for (;;) {
      piped = command(piped, depth);
      if (position_ >= words_.size() || words_[position_].kind != WordKind::kPipe) break;
      ++position_;
    }
    return *piped;
  }

  void expect_end() const {
    if (position_ < words_.size()) fail("unexpected \"" + words_[position_].text + "\"");
  }

 private:
  [[nodiscard]] bool at_operand() const {
    return position_ < words_.size() && words_[position_].kind != WordKind::kPipe &&
           words_[position_].kind != WordKind::kClose;
  }

  Json command(const std::optional<Json>& piped, int depth) {
    if (!at_operand()) fail("missing value");
    std::string function;
    const TemplateWord& word = words_[position_];
    if (word.kind == WordKind::kName && word.text != "true" && word.text != "false") {
      function = word.text;
      ++position_;
    }
    std::vector<Json> arguments;
    while (at_operand()) arguments.push_back(operand(depth));
    if (piped) arguments.push_back(*piped);
    if (!function.empty()) return call(function, arguments);
    if (arguments.size() != 1) fail("cannot give arguments to a value");
    return arguments.front();
  }

  Json operand(int depth) {
    const TemplateWord word = words_[position_++];
    switch (word.kind) {
      case WordKind::kField:
        return field(dot_, word.text);
      case WordKind::kString:
        return word.text;
      case WordKind::kNumber:
        return std::strtoll(word.text.c_str(), nullptr, 10);
      case WordKind::kOpen: {
        Json value = pipeline(depth + 1);
        if (position_ >= words_.size() || words_[position_].kind != WordKind::kClose) {
          fail("missing \")\"");
        }
        ++position_;
        return value;
      }
      default:
        if (word.text == "true" || word.text == "false") return word.text == "true";
        fail("unexpected \"" + word.text + "\"");
    }
  }

  const std::vector<TemplateWord>& words_;
  const Json& dot_;
  std::size_t position_ = 0;
};

Json evaluate(const std::vector<TemplateWord>& words, const Json& dot) {
  Evaluator evaluator(words, dot);
  Json value = evaluator.pipeline();
  evaluator.expect_end();
  return value;
}

}  // namespace

std::vector<Template::Node> Template::Node::parse(const std::vector<TemplatePiece>& pieces,
                                                  std::size_t& next, int depth,
                                                  std::string* ended_by) {
  if (depth > kMaxDepth) fail("nested too deeply");
  std::vector<Node> nodes;
  while (next < pieces.size()) {
    const TemplatePiece& piece = pieces[next++];
    if (!piece.action) {
      nodes.push_back({Kind::kText, piece.text, {}, {}, {}});
      continue;
    }
    std::vector<TemplateWord> words = split_action(piece.text);
    if (words.empty()) fail("empty action");
    const std::string head = words.front().kind == WordKind::kName ? words.front().text : "";
    if (head == "end" || head == "else") {
      if (ended_by == nullptr) fail("unexpected {{" + head + "}}");
      *ended_by = head;
      return nodes;
    }
    if (head != "if" && head != "range" && head != "with") {
      nodes.push_back({Kind::kValue, {}, std::move(words), {}, {}});
      continue;
    }
    words.erase(words.begin());
    const Kind kind = head == "if" ? Kind::kIf : head == "range" ? Kind::kRange : Kind::kWith;
    Node block{kind, {}, std::move(words), {}, {}};
    std::string end;
    block.children = parse(pieces, next, depth + 1, &end);
    if (end == "else") block.otherwise = parse(pieces, next, depth + 1, &end);
    if (end != "end") fail("missing {{end}}");
    nodes.push_back(std::move(block));
  }
  return nodes;
}

void Template::Node::render(const Json& dot, std::string& out) const {
  auto render_all = [&out](const std::vector<Node>& nodes, const Json& value) {
    for (const Node& node : nodes) node.render(value, out);
  };
  if (kind == Kind::kText) {
    out += text;
    return;
  }
  if (kind == Kind::kBlock) {
    render_all(children, dot);
    return;
  }
  const Json value = evaluate(words, dot);
  if (kind == Kind::kValue) {
    out += print(value);
  } else if (!is_true(value)) {
    render_all(otherwise, dot);
  } else if (kind == Kind::kRange) {
    for (const Json& item : value) render_all(children, item);
  } else {
    render_all(children, kind == Kind::kWith ? value : dot);
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
  const Json dot = Json::parse(json_document, nullptr, false);
  if (dot.is_discarded()) throw Error(ErrorCode::kInternal, "template: the value is not JSON");
  std::string out;
  root_->render(dot, out);
  return out;
}

}  // namespace estiba::cli
