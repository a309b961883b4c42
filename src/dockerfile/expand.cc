#include "dockerfile/expand.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "dockerfile/word_lexer.h"

namespace estiba::dockerfile {
namespace {

template <typename Run>
auto lexing(std::string_view text, Run&& run) {
  return with_context([text] { return fmt::format("expanding {}", text.substr(0, 120)); },
                      std::forward<Run>(run));
}

}  // namespace

std::string expand_word(std::string_view text, const Lookup& lookup, const WordOptions& options) {
  WorkBudget budget;
  return lexing(text, [&] { return WordLexer(text, lookup, options, budget).run_text(); });
}

std::vector<std::string> expand_words(std::string_view text, const Lookup& lookup,
                                      const WordOptions& options) {
  WorkBudget budget;
  return lexing(text, [&] { return WordLexer(text, lookup, options, budget).run_words(); });
}

}  // namespace estiba::dockerfile
