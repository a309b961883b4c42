#include "dockerfile/expand.h"

#include <fmt/format.h>

#include "base/error.h"
#include "dockerfile/word_lexer.h"

namespace estiba::dockerfile {
namespace {

// Long texts are cut in messages.
std::string_view excerpt(std::string_view text) {
  return text.substr(0, 120);
}

WordLexer lex(std::string_view text, const Lookup& lookup, const WordOptions& options,
              WorkBudget& budget) {
  WordLexer lexer(text, lookup, options, budget);
  with_context([text] { return fmt::format("expanding {}", excerpt(text)); },
               [&lexer] { lexer.run(); });
  return lexer;
}

}  // namespace

std::string expand_word(std::string_view text, const Lookup& lookup, const WordOptions& options) {
  WorkBudget budget;
  return lex(text, lookup, options, budget).take_text();
}

std::vector<std::string> expand_words(std::string_view text, const Lookup& lookup,
                                      const WordOptions& options) {
  WorkBudget budget;
  return lex(text, lookup, options, budget).take_words();
}

}  // namespace estiba::dockerfile
