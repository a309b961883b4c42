// The physical lines of a Dockerfile and the logical lines they make.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/heredoc.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {

// One instruction's text: continuation lines joined, comments between them left out.
struct LogicalLine {
  std::string text;
  int first_line = 0;
  int last_line = 0;
  std::vector<std::string> comments;  // right above it
  bool empty_continuation = false;    // blank lines stood inside it
};

// Reads a file from its start to its end. Borrows the text. Errors name file and line.
class LineReader {
 public:
  // Refuses what is no text (kInvalidArgument) or too large (kResourceExhausted).
  LineReader(std::string_view text, std::string file_name);

  // Nothing at the end of the file. Reads the parser directives on its way.
  [[nodiscard]] std::optional<LogicalLine> next();
  // Reads the content of heredocs, which begins on the line after `line` and moves its end.
  void read_heredocs(LogicalLine& line, std::vector<Heredoc>& heredocs);

  [[nodiscard]] const Directives& directives() const { return directives_; }
  // The number of the last physical line that was read.
  [[nodiscard]] int line() const { return line_; }

 private:
  // Includes the line end.
  std::optional<std::string_view> take_line();
  void read_directive(std::string_view line);
  void set_directive(std::string_view name, std::string_view value);
  void note_comment(std::string_view line);
  void append_continuations(LogicalLine& line);
  bool cut_continuation(std::string_view& line) const;
  [[noreturn]] void fail(int line, std::string what, std::string hint = {}) const;

  std::string_view rest_;
  std::string file_name_;
  int line_ = 0;
  Directives directives_;
  bool directives_done_ = false;
  std::vector<std::string> seen_directives_;
  std::deque<std::string> comments_;
};

}  // namespace estiba::dockerfile
