// One pass over a text with quotes, escapes and variables: the machine behind expand.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/expand.h"
#include "dockerfile/substitute.h"

namespace estiba::dockerfile {

// Borrows all it is given. Used once: for the text or for the words.
class WordLexer {
 public:
  WordLexer(std::string_view text, const Lookup& lookup, const WordOptions& options,
            WorkBudget& budget)
      : text_(text), lookup_(lookup), options_(options), budget_(budget) {}

  // The text as one word, blanks included.
  [[nodiscard]] std::string run_text();
  [[nodiscard]] std::vector<std::string> run_words();

 private:
  struct Output {
    bool split = false;
    std::string text;                // what is read; with `split` the current word
    std::vector<std::string> words;  // with `split` the words before it

    void add_protected(std::string_view piece) { text += piece; }
    void add_plain(std::string_view piece);  // blanks in it separate words
    void end_word();
  };
  struct Substitution {
    std::string name;
    std::string modifier;  // ":-", "#", "//" ...
  };

  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[position_]; }
  std::string_view take_character();  // a whole rune
  [[nodiscard]] bool take_if(char wanted);

  void run_until(Output& output, char stop);
  std::string nested_until(char stop, bool keep_escapes);
  void take_escaped(Output& output);
  std::string take_single_quoted();
  std::string take_double_quoted();
  std::string take_less_than();
  std::string take_dollar();
  std::string take_name();
  std::string take_braced();
  std::string substitute_word(const Substitution& substitution);
  std::string substitute_pattern(const Substitution& substitution);
  std::string substitute_replacement(const Substitution& substitution);
  std::optional<std::string> look_up(const std::string& name);

  std::string_view text_;
  const Lookup& lookup_;
  WordOptions options_;
  WorkBudget& budget_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace estiba::dockerfile
