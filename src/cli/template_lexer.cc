#include "cli/template_lexer.h"

#include <cctype>

#include "base/error.h"
#include "base/text.h"

namespace estiba::cli {
namespace {

[[noreturn]] void fail_parsing(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "template parsing error: " + message,
              "write fields as {{.Name}}, or --format json for everything");
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_negative_number(std::string_view text, std::size_t i) {
  return text[i] == '-' && i + 1 < text.size() &&
         std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
}

void trim_right(std::string& text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.pop_back();
  }
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  return text;
}

// "\t" and "\n" in a shell's single quotes are what people mean by a tab and a new line.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 't' || text[i + 1] == 'n')) {
      out += text[++i] == 't' ? '\t' : '\n';
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<TemplatePiece> split_template(std::string_view text) {
  std::vector<TemplatePiece> pieces;
  while (!text.empty()) {
    const std::size_t open = text.find("{{");
    std::string literal = unescape(text.substr(0, open));
    if (open == std::string_view::npos) {
      pieces.push_back({false, std::move(literal)});
      break;
    }
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) fail_parsing("unclosed action");
    std::string_view action = text.substr(open + 2, close - open - 2);
    text = text.substr(close + 2);
    if (action.starts_with("- ")) {
      action.remove_prefix(2);
      trim_right(literal);
    }
    if (action.ends_with(" -")) {
      action.remove_suffix(2);
      text = trim_left(text);
    }
    if (!literal.empty()) pieces.push_back({false, std::move(literal)});
    pieces.push_back({true, std::string(trim(action))});
  }
  return pieces;
}

std::vector<TemplateWord> split_action(std::string_view action) {
  std::vector<TemplateWord> words;
  std::size_t i = 0;
  auto take_while = [&](auto accepts) {
    const std::size_t start = i;
    while (i < action.size() && accepts(action[i])) ++i;
    return std::string(action.substr(start, i - start));
  };
  while (i < action.size()) {
    const char c = action[i];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
    } else if (c == '.') {
      const bool is_attached = i > 0 && (action[i - 1] == ')' || is_name_character(action[i - 1]) ||
                                         action[i - 1] == '$');
      ++i;
      words.push_back({WordKind::kField,
                       take_while([](char d) { return is_name_character(d) || d == '.'; }),
                       is_attached});
    } else if (c == '$') {
      ++i;
      words.push_back({WordKind::kVariable, "$" + take_while(is_name_character)});
    } else if (c == ',') {
      ++i;
      words.push_back({WordKind::kComma, ","});
    } else if (c == '=' || action.substr(i, 2) == ":=") {
      i += c == '=' ? 1 : 2;
      words.push_back({WordKind::kDeclare, c == '=' ? "=" : ":="});
    } else if (c == '"' || c == '`') {
      const std::size_t end = action.find(c, i + 1);
      if (end == std::string_view::npos) fail_parsing("unterminated string");
      const std::string_view inner = action.substr(i + 1, end - i - 1);
      words.push_back({WordKind::kString, c == '"' ? unescape(inner) : std::string(inner)});
      i = end + 1;
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || is_negative_number(action, i)) {
      const bool is_negative = c == '-';
      if (is_negative) ++i;
      words.push_back(
          {WordKind::kNumber, (is_negative ? "-" : "") + take_while([](char d) {
                                return std::isdigit(static_cast<unsigned char>(d)) != 0 || d == '.';
                              })});
    } else if (c == '|' || c == '(' || c == ')') {
      ++i;
      words.push_back({c == '|'   ? WordKind::kPipe
                       : c == '(' ? WordKind::kOpen
                                  : WordKind::kClose,
                       std::string(1, c)});
    } else if (is_name_character(c)) {
      words.push_back({WordKind::kName, take_while(is_name_character)});
    } else {
      fail_parsing(std::string("unexpected \"") + c + "\" in {{" + std::string(action) + "}}");
    }
  }
  return words;
}

}  // namespace estiba::cli
