// HCL by letters: what stands between words, names, numbers, operators. The parsers build on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "build/bake/syntax.h"

namespace estiba::build::bake {

class HclReader {
 public:
  explicit HclReader(const Text& text) : text_(text), rest_(text.content) {}

  [[nodiscard]] Place place() const { return {&text_, at_}; }
  [[nodiscard]] bool at_end() const { return at_ >= rest_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < rest_.size() ? rest_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool looking_at(std::string_view word) const {
    return rest_.substr(at_).starts_with(word);
  }
  char take() { return at_end() ? '\0' : rest_[at_++]; }
  void skip(std::size_t count) { at_ += count; }
  // To the end of the line, which is not taken.
  std::string_view take_line();
  [[nodiscard]] std::size_t offset() const { return at_; }
  void go_to(std::size_t offset) { at_ = offset; }

  // Blanks and comments; line ends too where they mean nothing.
  void skip_space(bool newlines);
  // The word if it is next.
  bool take_symbol(std::string_view symbol);
  void expect(std::string_view symbol, std::string_view after);
  // Letters, digits, _ and -; empty when there is none.
  [[nodiscard]] std::string take_name();
  [[nodiscard]] double take_number();

  [[noreturn]] void refuse(const std::string& what, std::string hint = {}) const {
    refuse_at(place(), what, std::move(hint));
  }
  // "end of file" or the letter, as messages call it.
  [[nodiscard]] std::string found() const;

 private:
  const Text& text_;
  std::string_view rest_;
  std::size_t at_ = 0;
};

}  // namespace estiba::build::bake
