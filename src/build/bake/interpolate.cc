#include "build/bake/interpolate.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "build/bake/limits.h"

namespace estiba::build::bake {
namespace {

bool is_variable_letter(char c, bool first) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (!first && c >= '0' && c <= '9');
}

class Interpolation {
 public:
  Interpolation(const std::string& text, const Environment& environment, std::size_t& work)
      : text_(text), environment_(environment), work_(work) {}

  std::string all() { return until('\0', 0); }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  void append(std::string& to, std::string_view piece) {
    if (piece.size() > work_) {
      throw Error(ErrorCode::kResourceExhausted, "the file's values are too large");
    }
    work_ -= piece.size();
    to.append(piece);
  }

  std::string until(char end, std::size_t depth) {
    if (depth > kMaxNesting) {
      throw Error(ErrorCode::kResourceExhausted, "variables are too deeply nested");
    }
    std::string result;
    while (!at_end() && (end == '\0' || text_[at_] != end)) {
      if (text_[at_] != '$') {
        append(result, text_.substr(at_++, 1));
      } else if (text_.compare(at_, 2, "$$") == 0) {
        append(result, "$");
        at_ += 2;
      } else {
        ++at_;
        append(result, variable(depth));
      }
    }
    return result;
  }

  std::string take_word() {
    const std::size_t start = at_;
    while (!at_end() && is_variable_letter(text_[at_], at_ == start)) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::string variable(std::size_t depth) {
    const bool braced = !at_end() && text_[at_] == '{';
    if (braced) ++at_;
    const std::string name = take_word();
    if (name.empty()) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid variable in \"{}\"", text_),
                  "a dollar itself is written $$");
    }
    auto value = environment_(name);
    if (!braced) return value.value_or("");
    const bool counts_empty = !at_end() && text_[at_] == ':';
    if (counts_empty) ++at_;
    const char operation = at_end() ? '\0' : text_[at_];
    if (counts_empty && value && value->empty()) value.reset();
    if (operation != '}') ++at_;
    const std::string word = operation == '}' ? std::string() : until('}', depth + 1);
    if (at_end()) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" lacks a }}", text_));
    }
    ++at_;
    switch (operation) {
      case '}':
        return value.value_or("");
      case '-':
        return value ? *value : word;
      case '+':
        return value ? word : "";
      case '?':
        if (value) return *value;
        throw Error(ErrorCode::kInvalidArgument, fmt::format("{} must be set: {}", name, word));
      default:
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("\"{}\" is not how a variable is written", text_));
    }
  }

  const std::string& text_;
  const Environment& environment_;
  std::size_t& work_;
  std::size_t at_ = 0;
};

std::string unquoted(std::string_view value) {
  value = trim(value);
  const bool is_quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'');
  if (is_quoted) {
    const std::size_t end = value.find(value.front(), 1);
    if (end != std::string_view::npos) return std::string(value.substr(1, end - 1));
  }
  return std::string(trim(value.substr(0, std::min(value.find(" #"), value.size()))));
}

}  // namespace

std::string interpolate(const std::string& text, const Environment& environment,
                        std::size_t& work) {
  return Interpolation(text, environment, work).all();
}

std::map<std::string, std::string> parse_env_file(const Text& text) {
  std::map<std::string, std::string> variables;
  std::size_t offset = 0;
  for (const std::string& line : split(text.content, '\n')) {
    std::string_view rest = trim(line);
    if (!rest.empty() && rest.front() != '#') {
      if (rest.starts_with("export ")) rest = trim(rest.substr(7));
      const std::size_t equals = rest.find('=');
      if (equals == 0) refuse_at({&text, offset}, "a name expected before =");
      if (equals != std::string_view::npos) {
        variables[std::string(trim(rest.substr(0, equals)))] = unquoted(rest.substr(equals + 1));
      }
    }
    offset += line.size() + 1;
  }
  return variables;
}

}  // namespace estiba::build::bake
