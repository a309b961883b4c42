#include "dockerfile/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

constexpr std::string_view kBlanks = "\t\v\f\r ";
constexpr std::string_view kFlagEnds = "\t\n\v\f\r ";

// Reads one flag at the start of `text`, and moves past it.
std::string take_flag(std::string_view& text, char escape) {
  std::string flag;
  char quote = '\0';
  while (!text.empty()) {
    char letter = text.front();
    if (quote == '\0' && kFlagEnds.find(letter) != std::string_view::npos) break;
    text.remove_prefix(1);
    if (quote == '\0' && (letter == '"' || letter == '\'')) {
      quote = letter;
      continue;
    }
    if (quote != '\0' && letter == quote) {
      quote = '\0';
      continue;
    }
    if (letter == escape) {
      if (text.empty()) break;
      letter = text.front();
      text.remove_prefix(1);
    }
    flag += letter;
  }
  return flag;
}

// A word of split_quoted(); moves past it.
std::string take_word(std::string_view& text, char escape) {
  std::string word;
  char quote = '\0';
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    if (quote == '\0' && is_space(rune.value)) break;
    const char letter = text.front();
    if (letter == escape && quote != '\'') {
      if (text.size() == 1) {
        text = {};
        break;  // an escape at the very end is dropped
      }
      const std::size_t size = 1 + first_rune(text.substr(1)).size_bytes;
      word += text.substr(0, size);
      text.remove_prefix(size);
      continue;
    }
    if (quote == '\0' && (letter == '"' || letter == '\'')) {
      quote = letter;
    } else if (letter == quote) {
      quote = '\0';
    }
    word += text.substr(0, rune.size_bytes);
    text.remove_prefix(rune.size_bytes);
  }
  return word;
}

}  // namespace

KeywordSplit split_keyword(std::string_view line) {
  line = trim_space(line);
  const std::size_t end = line.find_first_of(kBlanks);
  if (end == std::string_view::npos) return {line, {}};
  const std::size_t next = line.find_first_not_of(kBlanks, end);
  return {line.substr(0, end), next == std::string_view::npos ? "" : line.substr(next)};
}

FlagSplit split_flags(std::string_view text, char escape) {
  FlagSplit result;
  for (;;) {
    text = trim_left_space(text);
    if (!text.starts_with("--")) break;
    std::string flag = take_flag(text, escape);
    if (flag == "--") break;
    result.flags.push_back(std::move(flag));
  }
  result.rest = trim_space(text);
  return result;
}

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::vector<std::string> split_quoted(std::string_view text, char escape) {
  std::vector<std::string> words;
  for (;;) {
    text = trim_left_space(text);
    if (text.empty()) return words;
    std::string word = take_word(text, escape);
    if (!word.empty()) words.push_back(std::move(word));
  }
}

std::vector<KeyValue> split_key_values(std::string_view text, char escape,
                                       std::string_view instruction) {
  const std::vector<std::string> words = split_quoted(text, escape);
  if (words.empty()) return {};
  if (words.front().find('=') == std::string::npos) {
    const KeywordSplit old = split_keyword(text);
    if (old.rest.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} must have two arguments", instruction),
                  fmt::format("write {} name=value", instruction));
    }
    return {{std::string(old.keyword), std::string(old.rest), true}};
  }
  std::vector<KeyValue> pairs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      throw Error(
          ErrorCode::kInvalidArgument,
          fmt::format("{} has no \"=\" in \"{}\"", instruction, word.substr(0, 120)),
          fmt::format("write {} name=value, and quote values that hold blanks", instruction));
    }
    if (equals == 0) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} has a name that is blank", instruction));
    }
    pairs.push_back({word.substr(0, equals), word.substr(equals + 1), false});
  }
  return pairs;
}

}  // namespace estiba::dockerfile
