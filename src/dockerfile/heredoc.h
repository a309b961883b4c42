// Inline documents of RUN, COPY and ADD: <<EOF ... EOF.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::dockerfile {

struct Heredoc {
  std::string name;          // the closing word, quotes removed
  std::string content = {};  // as written, with its line ends; tabs not yet stripped
  unsigned descriptor = 0;   // "3<<EOF"; 0 when not given
  bool expand = true;        // no part of the word was quoted
  bool strip_tabs = false;   // "<<-"
  friend bool operator==(const Heredoc&, const Heredoc&) = default;

  // The content with the leading tabs of each line removed where "<<-" asks for it.
  [[nodiscard]] std::string text() const;
};

// One word such as <<EOF, 3<<-"EOF" or << 'two words', without content; nothing when it is no
// heredoc. Throws kInvalidArgument when its quotes don't close.
[[nodiscard]] std::optional<Heredoc> parse_heredoc(std::string_view word);
// All heredocs that a line announces outside quotes, in their order.
[[nodiscard]] std::vector<Heredoc> find_heredocs(std::string_view line);

}  // namespace estiba::dockerfile
