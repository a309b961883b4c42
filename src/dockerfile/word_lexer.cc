#include "dockerfile/word_lexer.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "dockerfile/limits.h"
#include "dockerfile/located_error.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

// Parameters that a shell sets itself; here they are names that nobody sets.
bool is_special_parameter(char letter) {
  return std::string_view("@*#?-$!0").find(letter) != std::string_view::npos;
}

}  // namespace

void WordLexer::Output::add_plain(std::string_view piece) {
  if (!split) {
    text += piece;
    return;
  }
  while (!piece.empty()) {
    const Rune rune = first_rune(piece);
    if (is_space(rune.value)) {
      end_word();
    } else {
      text += piece.substr(0, rune.size_bytes);
    }
    piece.remove_prefix(rune.size_bytes);
  }
}

void WordLexer::Output::end_word() {
  if (!text.empty()) words.push_back(std::move(text));
  text.clear();
}

std::string WordLexer::run_text() {
  Output output;
  run_until(output, '\0');
  return std::move(output.text);
}

std::vector<std::string> WordLexer::run_words() {
  Output output{true, {}, {}};
  run_until(output, '\0');
  output.end_word();
  return std::move(output.words);
}

std::string_view WordLexer::take_character() {
  if (at_end()) return {};
  const std::string_view rest = text_.substr(position_);
  const std::size_t size = first_rune(rest).size_bytes;
  position_ += size;
  return rest.substr(0, size);
}

bool WordLexer::take_if(char wanted) {
  if (at_end() || text_[position_] != wanted) return false;
  ++position_;
  return true;
}

// Reads up to the character `stop` and past it; '\0' means up to the end of the text.
void WordLexer::run_until(Output& output, char stop) {
  while (!at_end()) {
    const char next = peek();
    if (stop != '\0' && next == stop) {
      ++position_;
      return;
    }
    if (next == '$') {
      output.add_plain(take_dollar());
    } else if (next == '\'' && !options_.plain_quotes) {
      output.add_protected(take_single_quoted());
    } else if (next == '"' && !options_.plain_quotes) {
      output.add_protected(take_double_quoted());
    } else if (next == '<') {
      output.add_protected(take_less_than());
    } else if (next == options_.escape) {
      take_escaped(output);
    } else {
      output.add_plain(take_character());
    }
  }
  if (stop == '\0') return;
  if (stop == '/') refuse("a substitution ${name/pattern/word} lacks its second \"/\"");
  refuse("a substitution ${...} lacks its closing brace");
}

std::string WordLexer::nested_until(char stop, bool keep_escapes) {
  if (++depth_ > kMaxSubstitutionDepth) {
    throw Error(
        ErrorCode::kResourceExhausted,
        fmt::format("substitutions ${{...}} are nested more than {} deep", kMaxSubstitutionDepth));
  }
  const bool kept_before = std::exchange(options_.keep_escapes, keep_escapes);
  Output output;
  run_until(output, stop);
  options_.keep_escapes = kept_before;
  --depth_;
  budget_.charge(output.text.size());
  return std::move(output.text);
}

// The escape character protects any character; at the end of the text it is dropped.
void WordLexer::take_escaped(Output& output) {
  if (options_.keep_escapes) output.add_protected(text_.substr(position_, 1));
  ++position_;
  output.add_protected(take_character());
}

std::string WordLexer::take_single_quoted() {
  const std::size_t start = position_;
  const std::size_t end = text_.find('\'', start + 1);
  if (end == std::string_view::npos) refuse("a single quote is never closed");
  position_ = end + 1;
  const std::string_view quoted = text_.substr(start, end + 1 - start);
  return std::string(options_.keep_quotes ? quoted : quoted.substr(1, quoted.size() - 2));
}

// Between double quotes only ", $ and the escape character itself can be escaped.
std::string WordLexer::take_double_quoted() {
  std::string result;
  ++position_;
  if (options_.keep_quotes) result += '"';
  while (!at_end()) {
    const char next = peek();
    if (next == '"') {
      ++position_;
      if (options_.keep_quotes) result += '"';
      return result;
    }
    if (next == '$') {
      result += take_dollar();
      continue;
    }
    ++position_;
    if (next == options_.escape && (peek() == '"' || peek() == '$' || peek() == next)) {
      if (options_.keep_escapes) result += next;
      result += text_[position_++];
    } else {
      result += next;
    }
  }
  refuse("a double quote is never closed");
}

// The blanks between << and the word of a heredoc belong to that word.
std::string WordLexer::take_less_than() {
  ++position_;
  if (!take_if('<')) return "<";
  std::string result = "<<";
  while (peek() == ' ' || peek() == '\t' || peek() == '\r') result += text_[position_++];
  return result;
}

std::string WordLexer::take_dollar() {
  ++position_;
  if (take_if('{')) return take_braced();
  const std::string name = take_name();
  if (name.empty()) return "$";
  const std::optional<std::string> value = look_up(name);
  if (!value && options_.keep_unset) return "$" + name;
  return value.value_or("");
}

std::string WordLexer::take_name() {
  std::string name;
  if (is_digit(static_cast<unsigned char>(peek()))) {
    while (is_digit(static_cast<unsigned char>(peek()))) name += text_[position_++];
    return name;
  }
  if (!at_end() && is_special_parameter(peek())) return std::string(1, text_[position_++]);
  while (!at_end()) {
    const Rune rune = first_rune(text_.substr(position_));
    if (!is_name_character(rune.value)) break;
    name += take_character();
  }
  return name;
}

std::string WordLexer::take_braced() {
  Substitution substitution{take_name(), {}};
  if (at_end()) refuse("a substitution ${...} lacks its closing brace");
  if (substitution.name.empty()) refuse("bad substitution: ${...} without a variable's name");
  if (take_if('}')) {
    const std::optional<std::string> value = look_up(substitution.name);
    if (!value && options_.keep_unset) return "${" + substitution.name + "}";
    return value.value_or("");
  }
  const bool colon = take_if(':');
  if (at_end()) refuse("a substitution ${...} lacks its closing brace");
  const std::string kind(take_character());
  substitution.modifier = (colon ? ":" : "") + kind;
  if (kind == "-" || kind == "+" || kind == "?") return substitute_word(substitution);
  if (!colon && kind.size() == 1 && !at_end() && peek() == kind.front()) {
    substitution.modifier += text_[position_++];  // ##, %%, //
  }
  if (!colon && (kind == "#" || kind == "%")) return substitute_pattern(substitution);
  if (!colon && kind == "/") return substitute_replacement(substitution);
  refuse(fmt::format("the substitution ${{{}{}...}} is not supported", substitution.name,
                     substitution.modifier),
         "known are :-  -  :+  +  :?  ?  #  ##  %  %%  /  //");
}

std::string WordLexer::substitute_word(const Substitution& substitution) {
  std::string word = nested_until('}', false);
  std::optional<std::string> value = look_up(substitution.name);
  if (!value && options_.keep_unset) {
    return fmt::format("${{{}{}{}}}", substitution.name, substitution.modifier, word);
  }
  const bool empty_counts_as_unset = substitution.modifier.front() == ':';
  const bool usable = value && !(empty_counts_as_unset && value->empty());
  switch (substitution.modifier.back()) {
    case '-':
      return usable ? std::move(*value) : word;
    case '+':
      return usable ? word : "";
    default:
      if (usable) return std::move(*value);
      if (word.empty()) word = value ? "must not be empty" : "must be set";
      refuse(fmt::format("{}: {}", substitution.name, word));
  }
}

std::string WordLexer::substitute_pattern(const Substitution& substitution) {
  const std::string pattern = nested_until('}', true);
  const std::optional<std::string> value = look_up(substitution.name);
  if (!value && options_.keep_unset) {
    return fmt::format("${{{}{}{}}}", substitution.name, substitution.modifier, pattern);
  }
  const MatchLength length =
      substitution.modifier.size() == 2 ? MatchLength::kLongest : MatchLength::kShortest;
  if (substitution.modifier.front() == '#') {
    return remove_prefix(value.value_or(""), pattern, length, budget_);
  }
  return remove_suffix(value.value_or(""), pattern, length, budget_);
}

std::string WordLexer::substitute_replacement(const Substitution& substitution) {
  const std::string pattern = nested_until('/', true);
  const std::string text = nested_until('}', true);
  const std::optional<std::string> value = look_up(substitution.name);
  if (!value && options_.keep_unset) {
    return fmt::format("${{{}{}{}/{}}}", substitution.name, substitution.modifier, pattern, text);
  }
  const bool all = substitution.modifier.size() == 2;
  return replace(value.value_or(""), {pattern, text, all}, budget_);
}

std::optional<std::string> WordLexer::look_up(const std::string& name) {
  std::optional<std::string> value = lookup_ ? lookup_(name) : std::nullopt;
  if (options_.use != nullptr) (value ? options_.use->found : options_.use->missing).insert(name);
  if (value) budget_.charge(value->size());
  return value;
}

}  // namespace estiba::dockerfile
