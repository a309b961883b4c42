#include "dockerfile/located_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

constexpr std::string_view kQuotes = "\"'`(),.:;";

// Where `word` stands in the line as a whole, not as a part of a longer word.
std::size_t find_word(std::string_view line, std::string_view word) {
  const auto joins = [](char c) {
    return c == '_' || c == '-' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !joins(line[at - 1]) || !joins(word.front());
    const bool ends = end == line.size() || !joins(line[end]) || !joins(word.back());
    if (starts && ends) return at;
  }
  return std::string_view::npos;
}

// The longest word of the message that stands in the line is what the message is about; without
// one it is the instruction.
Mark marked_part(std::string_view message, std::string_view line, std::string_view keyword) {
  Mark best;
  while (!message.empty()) {
    std::string_view word = message.substr(0, std::min(message.find(' '), message.size()));
    message.remove_prefix(std::min(word.size() + 1, message.size()));
    while (!word.empty() && kQuotes.find(word.front()) != std::string_view::npos)
      word.remove_prefix(1);
    while (!word.empty() && kQuotes.find(word.back()) != std::string_view::npos)
      word.remove_suffix(1);
    if (word.size() <= best.size || word == keyword) continue;
    const std::size_t at = find_word(line, word);
    if (at != std::string_view::npos) best = {at, word.size()};
  }
  return best.size != 0 ? best : Mark{0, std::max<std::size_t>(1, keyword.size())};
}

// Of the instruction's line.
std::string excerpt(const SourceText& source, std::string_view message) {
  std::string line = source.original;
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
  }
  const Mark mark = marked_part(message, line, source.keyword);
  return marked_line(std::move(line), source.location.first_line, mark);
}

}  // namespace

std::string marked_line(std::string line, std::size_t number, Mark mark) {
  constexpr std::size_t kLongest = 100;
  constexpr std::size_t kBefore = 30;
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
  }
  if (line.size() > kLongest) {
    const std::size_t from = mark.start > kBefore && mark.start + mark.size > kLongest - kBefore
                                 ? mark.start - kBefore
                                 : 0;
    std::string cut = line.substr(from, kLongest);
    if (from + kLongest < line.size()) cut += "...";
    if (from > 0) {
      cut.insert(0, "...");
      mark.start = kBefore + 3;
    }
    line = std::move(cut);
    mark.size = std::min(mark.size, line.size() - std::min(mark.start, line.size()));
  }
  const std::string digits = std::to_string(number);
  const std::size_t column = to_runes(std::string_view(line).substr(0, mark.start)).size();
  return fmt::format("\n  {} | {}\n  {} | {}^{}", digits, line, std::string(digits.size(), ' '),
                     std::string(column, ' '), std::string(mark.size > 0 ? mark.size - 1 : 0, '~'));
}

void refuse(std::string what, std::string hint) {
  throw Error(ErrorCode::kInvalidArgument, std::move(what), std::move(hint));
}

Error located(const Error& error, const SourceText& source) {
  return Error(error.code(),
               fmt::format("{}:{}: {}{}", source.location.file, source.location.first_line,
                           error.what(), excerpt(source, error.message())),
               error.hint());
}

}  // namespace estiba::dockerfile
