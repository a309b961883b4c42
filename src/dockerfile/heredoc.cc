#include "dockerfile/heredoc.h"

#include <algorithm>

#include "base/error.h"
#include "dockerfile/expand.h"
#include "dockerfile/limits.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

std::optional<std::string> unset(std::string_view) {
  return std::nullopt;
}

std::ptrdiff_t count_quotes(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '\''; });
}

// Descriptor numbers that no shell knows are as good as any.
unsigned read_descriptor(std::string_view digits) {
  constexpr unsigned kLargest = 1'000'000;
  unsigned value = 0;
  for (const char digit : digits) {
    value = std::min(kLargest, value * 10 + static_cast<unsigned>(digit - '0'));
  }
  return value;
}

}  // namespace

std::string Heredoc::text() const {
  if (!strip_tabs) return content;
  std::string result;
  result.reserve(content.size());
  bool line_start = true;
  for (const char letter : content) {
    if (line_start && letter == '\t') continue;
    result += letter;
    line_start = letter == '\n';
  }
  return result;
}

std::optional<Heredoc> parse_heredoc(std::string_view word) {
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  std::string_view rest = word.substr(digits);
  if (!rest.starts_with("<<")) return std::nullopt;
  rest.remove_prefix(2);
  Heredoc heredoc;
  heredoc.descriptor = read_descriptor(word.substr(0, digits));
  heredoc.strip_tabs = rest.starts_with('-');
  if (heredoc.strip_tabs) rest.remove_prefix(1);
  rest.remove_prefix(std::min(rest.find_first_not_of("\t\n\f\r "), rest.size()));
  if (rest.empty() || rest.find('<') != std::string_view::npos) return std::nullopt;

  const std::vector<std::string> words = expand_words(rest, unset, {.keep_unset = true});
  const std::vector<std::string> quoted =
      expand_words(rest, unset, {.keep_quotes = true, .keep_unset = true});
  if (words.size() != 1 || quoted.size() != 1) return std::nullopt;
  heredoc.name = words.front();
  // Quotes that went missing were quotes, not characters of the name.
  heredoc.expand = count_quotes(words.front()) == count_quotes(quoted.front());
  return heredoc;
}

std::vector<Heredoc> find_heredocs(std::string_view line) {
  if (line.find("<<") == std::string_view::npos) return {};
  std::vector<std::string> words;
  try {
    words =
        expand_words(line, unset, {.keep_quotes = true, .keep_escapes = true, .keep_unset = true});
  } catch (const Error& error) {
    // A line that only its shell can read has no heredocs for us.
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return {};
  }
  std::vector<Heredoc> heredocs;
  for (const std::string& word : words) {
    if (std::optional<Heredoc> heredoc = parse_heredoc(word)) {
      heredocs.push_back(std::move(*heredoc));
    }
  }
  if (heredocs.size() > kMaxHeredocsPerInstruction) {
    throw Error(ErrorCode::kResourceExhausted, "the instruction has too many heredocs");
  }
  return heredocs;
}

}  // namespace estiba::dockerfile
