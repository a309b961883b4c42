#include "build/bake/hcl_expressions.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "build/bake/limits.h"
#include "dockerfile/unicode.h"

namespace estiba::build::bake {
namespace {

// From the weakest on.
constexpr std::array<std::array<std::string_view, 4>, 6> kOperators = {{
    {"||"},
    {"&&"},
    {"==", "!="},
    {"<=", ">=", "<", ">"},
    {"+", "-"},
    {"*", "/", "%"},
}};

Expression literal_of(Value value, const Place& place) {
  return {.kind = ExpressionKind::kLiteral, .place = place, .literal = std::move(value)};
}

// A line of a heredoc without the blanks that all lines share.
std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

}  // namespace

class HclExpressions::Level {
 public:
  explicit Level(HclExpressions& parser) : parser_(parser) {
    if (++parser_.depth_ <= kMaxNesting) return;
    --parser_.depth_;
    refuse_at(parser_.reader_.place(), "too deeply nested", {}, ErrorCode::kResourceExhausted);
  }
  ~Level() { --parser_.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  HclExpressions& parser_;
};

Expression HclExpressions::parse() {
  const Level level(*this);
  return conditional();
}

Expression HclExpressions::conditional() {
  skip();
  const Place place = reader_.place();
  Expression condition = binary(0);
  skip();
  if (!reader_.take_symbol("?")) return condition;
  Expression choice{.kind = ExpressionKind::kConditional, .place = place};
  choice.parts.push_back(std::move(condition));
  choice.parts.push_back(parse());
  skip();
  reader_.expect(":", "between the two results of a condition");
  choice.parts.push_back(parse());
  return choice;
}

Expression HclExpressions::binary(std::size_t strength) {
  if (strength == kOperators.size()) return unary();
  Expression left = binary(strength + 1);
  for (std::size_t count = 0;; ++count) {
    skip();
    const Place place = reader_.place();
    std::string_view found;
    for (const std::string_view symbol : kOperators[strength]) {
      if (found.empty() && !symbol.empty() && reader_.take_symbol(symbol)) found = symbol;
    }
    if (found.empty()) return left;
    if (count >= kMaxNesting) refuse_at(place, "too many operators in a row");
    Expression both{.kind = ExpressionKind::kBinary, .place = place, .name = std::string(found)};
    both.parts.push_back(std::move(left));
    both.parts.push_back(binary(strength + 1));
    left = std::move(both);
  }
}

Expression HclExpressions::unary() {
  skip();
  const Place place = reader_.place();
  const bool negates = reader_.peek() == '!' && reader_.peek(1) != '=';
  if (!negates && reader_.peek() != '-') return postfix();
  const Level level(*this);
  Expression operation{.kind = ExpressionKind::kUnary, .place = place, .name = {reader_.take()}};
  operation.parts.push_back(unary());
  return operation;
}

Expression HclExpressions::postfix() {
  Expression value = primary();
  for (std::size_t count = 0; count < kMaxNesting; ++count) {
    const Place place = reader_.place();
    if (reader_.peek() == '.' && reader_.peek(1) != '.') {
      reader_.skip(1);
      if (reader_.take_symbol("*")) {
        Expression splat{.kind = ExpressionKind::kSplat, .place = place};
        splat.parts.push_back(std::move(value));
        while (reader_.take_symbol(".")) splat.path.push_back(reader_.take_name());
        value = std::move(splat);
        continue;
      }
      Expression attribute{.kind = ExpressionKind::kAttribute, .place = place};
      attribute.name = reader_.take_name();
      if (attribute.name.empty()) reader_.refuse("a name expected after the dot");
      attribute.parts.push_back(std::move(value));
      value = std::move(attribute);
    } else if (reader_.peek() == '[') {
      value = index_of(std::move(value));
    } else {
      return value;
    }
  }
  reader_.refuse("too many dots and brackets in a row");
}

Expression HclExpressions::index_of(Expression base) {
  const Place place = reader_.place();
  reader_.skip(1);
  if (reader_.take_symbol("*]")) {
    Expression splat{.kind = ExpressionKind::kSplat, .place = place};
    splat.parts.push_back(std::move(base));
    while (reader_.take_symbol(".")) splat.path.push_back(reader_.take_name());
    return splat;
  }
  const bool newlines = std::exchange(newlines_, true);
  Expression index{.kind = ExpressionKind::kIndex, .place = place};
  index.parts.push_back(std::move(base));
  index.parts.push_back(parse());
  skip();
  newlines_ = newlines;
  reader_.expect("]", "after an index");
  return index;
}

Expression HclExpressions::primary() {
  skip();
  const Place place = reader_.place();
  const char c = reader_.peek();
  if (c == '"') return quoted();
  if (reader_.looking_at("<<")) return heredoc();
  if (c >= '0' && c <= '9') return literal_of({reader_.take_number()}, place);
  if (c == '[') return list();
  if (c == '{') return map();
  if (c == '(') {
    reader_.skip(1);
    const bool newlines = std::exchange(newlines_, true);
    Expression inner = parse();
    skip();
    newlines_ = newlines;
    reader_.expect(")", "after an expression in brackets");
    return inner;
  }
  std::string name = reader_.take_name();
  if (name.empty()) reader_.refuse("a value expected, not " + reader_.found());
  if (reader_.peek() == '(') return call(std::move(name), place);
  if (name == "true" || name == "false") return literal_of({name == "true"}, place);
  if (name == "null") return literal_of({}, place);
  return {.kind = ExpressionKind::kVariable, .place = place, .name = std::move(name)};
}

Expression HclExpressions::call(std::string name, const Place& place) {
  reader_.skip(1);
  const bool newlines = std::exchange(newlines_, true);
  Expression called{.kind = ExpressionKind::kCall, .place = place, .name = std::move(name)};
  skip();
  while (reader_.peek() != ')') {
    called.parts.push_back(parse());
    skip();
    called.spreads = reader_.take_symbol("...");
    skip();
    if (called.spreads || !reader_.take_symbol(",")) break;
    skip();
  }
  newlines_ = newlines;
  reader_.expect(")", "after the arguments of " + called.name);
  return called;
}

bool HclExpressions::at_for() const {
  const char after = reader_.peek(3);
  return reader_.looking_at("for") && (after == ' ' || after == '\t');
}

Expression HclExpressions::list() {
  const Place place = reader_.place();
  reader_.skip(1);
  const bool newlines = std::exchange(newlines_, true);
  skip();
  if (at_for()) {
    Expression loop = for_list(place);
    newlines_ = newlines;
    return loop;
  }
  Expression elements{.kind = ExpressionKind::kList, .place = place};
  while (reader_.peek() != ']') {
    elements.parts.push_back(parse());
    skip();
    if (!reader_.take_symbol(",")) break;
    skip();
  }
  newlines_ = newlines;
  reader_.expect("]", "after the elements of a list");
  return elements;
}

Expression HclExpressions::map_key() {
  const Place place = reader_.place();
  if (reader_.peek() == '"') return quoted();
  if (reader_.peek() == '(') return primary();
  std::string name = reader_.take_name();
  if (name.empty()) reader_.refuse("a key expected, not " + reader_.found());
  return literal_of({std::move(name)}, place);
}

Expression HclExpressions::map() {
  const Place place = reader_.place();
  reader_.skip(1);
  reader_.skip_space(true);
  if (at_for()) return for_map(place);
  const bool newlines = std::exchange(newlines_, false);
  Expression entries{.kind = ExpressionKind::kMap, .place = place};
  while (reader_.peek() != '}') {
    entries.parts.push_back(map_key());
    reader_.skip_space(false);
    if (!reader_.take_symbol("=")) reader_.expect(":", "or \"=\" after a key");
    reader_.skip_space(true);
    entries.parts.push_back(parse());
    reader_.skip_space(false);
    const bool ended = reader_.take_symbol(",") || reader_.peek() == '\n';
    reader_.skip_space(true);
    if (!ended) break;
  }
  newlines_ = newlines;
  reader_.expect("}", "after the entries of a map");
  return entries;
}

// "for key, value in collection :"; key may be absent.
void HclExpressions::for_head(Expression& loop) {
  reader_.skip(3);
  skip();
  loop.name = reader_.take_name();
  skip();
  if (reader_.take_symbol(",")) {
    skip();
    loop.key = std::exchange(loop.name, reader_.take_name());
    skip();
  }
  if (loop.name.empty()) reader_.refuse("a name expected after for");
  reader_.expect("in", "after the names of a for");
  loop.parts.push_back(parse());
  skip();
  reader_.expect(":", "after the collection of a for");
}

Expression HclExpressions::for_list(const Place& place) {
  Expression loop{.kind = ExpressionKind::kForList, .place = place};
  for_head(loop);
  loop.parts.push_back(parse());
  skip();
  if (reader_.take_symbol("if")) loop.parts.push_back(parse());
  skip();
  reader_.expect("]", "after a for");
  return loop;
}

Expression HclExpressions::for_map(const Place& place) {
  const bool newlines = std::exchange(newlines_, true);
  Expression loop{.kind = ExpressionKind::kForMap, .place = place};
  for_head(loop);
  loop.parts.push_back(parse());
  skip();
  reader_.expect("=>", "between key and value of a for");
  loop.parts.push_back(parse());
  skip();
  if (reader_.looking_at("...")) reader_.refuse("grouping by ... is not supported");
  if (reader_.take_symbol("if")) loop.parts.push_back(parse());
  skip();
  newlines_ = newlines;
  reader_.expect("}", "after a for");
  return loop;
}

Expression HclExpressions::interpolation() {
  const Place place = reader_.place();
  reader_.skip(2);
  if (reader_.take_symbol("~")) refuse_at(place, "the trim mark ~ is not supported");
  const bool newlines = std::exchange(newlines_, true);
  Expression inner = parse();
  skip();
  newlines_ = newlines;
  reader_.expect("}", "after a template's expression");
  return inner;
}

std::string HclExpressions::escape() {
  const Place place = reader_.place();
  reader_.skip(1);
  const char kind = reader_.take();
  switch (kind) {
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case 'r':
      return "\r";
    case 'b':
      return "\b";
    case 'f':
      return "\f";
    case '"':
    case '\\':
    case '/':
      return {kind};
    case 'u':
    case 'U': {
      std::uint32_t code = 0;
      for (int i = 0; i < (kind == 'u' ? 4 : 8); ++i) {
        const char digit = reader_.take();
        const std::size_t worth =
            std::string_view("0123456789abcdef")
                .find(static_cast<char>(digit >= 'A' && digit <= 'F' ? digit + 32 : digit));
        if (digit == '\0' || worth == std::string_view::npos) {
          refuse_at(place, "the escape needs hexadecimal digits");
        }
        code = code * 16 + static_cast<std::uint32_t>(worth);
      }
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        refuse_at(place, "there is no such character");
      return dockerfile::from_runes(std::u32string(1, static_cast<char32_t>(code)));
    }
    default:
      refuse_at(place, fmt::format("unknown escape \\{}", kind == '\0' ? ' ' : kind));
  }
}

template <typename AtEnd>
Expression HclExpressions::pieces(const Place& place, bool escapes, AtEnd at_end) {
  Expression whole{.kind = ExpressionKind::kTemplate, .place = place};
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) whole.parts.push_back(literal_of({std::exchange(plain, {})}, place));
  };
  while (!at_end()) {
    if (reader_.looking_at("$${") || reader_.looking_at("%%{")) {
      plain += reader_.take();
      plain += "{";
      reader_.skip(2);
    } else if (reader_.looking_at("${")) {
      flush();
      whole.parts.push_back(interpolation());
    } else if (reader_.looking_at("%{")) {
      reader_.refuse("template directives (%{...}) are not supported", "use ${CONDITION ? A : B}");
    } else if (escapes && reader_.peek() == '\\') {
      plain += escape();
    } else {
      plain += reader_.take();
    }
  }
  flush();
  if (whole.parts.empty()) return literal_of({std::string()}, place);
  const bool is_plain =
      whole.parts.size() == 1 && whole.parts.front().kind == ExpressionKind::kLiteral;
  return is_plain ? std::move(whole.parts.front()) : whole;
}

Expression HclExpressions::quoted() {
  const Level level(*this);
  const Place place = reader_.place();
  reader_.skip(1);
  Expression text = pieces(place, true, [&] {
    if (reader_.at_end() || reader_.peek() == '\n') refuse_at(place, "the string does not end");
    return reader_.peek() == '"';
  });
  reader_.skip(1);
  return text;
}

std::string HclExpressions::parse_label() {
  const Place place = reader_.place();
  Expression label = quoted();
  if (label.kind != ExpressionKind::kLiteral) refuse_at(place, "a block's name is no template");
  return *label.literal.text();
}

// "<<END" and "<<-END": the second without the blanks that all lines begin with.
Expression HclExpressions::heredoc() {
  const Place place = reader_.place();
  reader_.skip(2);
  const bool indented = reader_.take_symbol("-");
  const std::string mark = reader_.take_name();
  if (mark.empty() || !trim(reader_.take_line()).empty()) {
    refuse_at(place, "a heredoc begins with <<NAME and a line end");
  }
  reader_.skip(1);
  const std::size_t start = reader_.offset();
  std::size_t shared = std::string::npos;
  std::size_t end = start;
  for (;; reader_.skip(1)) {
    if (reader_.at_end()) refuse_at(place, "the heredoc does not end", "end it with " + mark);
    end = reader_.offset();
    const std::string_view line = reader_.take_line();
    if (trim(line) == mark) break;
    if (!trim(line).empty()) shared = std::min(shared, indentation(line));
  }
  const std::size_t after = reader_.offset();
  reader_.go_to(start);
  bool line_starts = indented;
  Expression text = pieces(place, false, [&] {
    for (std::size_t i = 0; line_starts && i < shared && reader_.offset() < end; ++i) {
      if (reader_.peek() != ' ' && reader_.peek() != '\t') break;
      reader_.skip(1);
    }
    line_starts = indented && reader_.peek() == '\n';
    if (reader_.offset() > end) refuse_at(place, "a template does not end within the heredoc");
    return reader_.offset() >= end;
  });
  reader_.go_to(after);
  return text;
}

}  // namespace estiba::build::bake
