#include "dockerfile/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/limits.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view cut_line_end(std::string_view line) {
  const std::size_t last = line.find_last_not_of("\r\n");
  return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool is_comment(std::string_view line) {
  return trim_left_space(line).starts_with('#');
}

struct NameValue {
  std::string_view name;
  std::string_view value;
};

// "# name = value", the form of a directive.
std::optional<NameValue> split_directive(std::string_view comment) {
  comment = trim_left_space(comment.substr(1));
  const std::size_t equals = comment.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = trim_space(comment.substr(0, equals));
  const std::string_view value = trim_space(comment.substr(equals + 1));
  if (name.empty() || value.empty()) return std::nullopt;
  return NameValue{name, value};
}

}  // namespace

LineReader::LineReader(std::string_view text, std::string file_name)
    : rest_(text), file_name_(std::move(file_name)) {
  if (text.size() > kMaxFileBytes) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("{} is larger than {} bytes", file_name_, kMaxFileBytes));
  }
  if (text.find('\0') != std::string_view::npos) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is not a text file", file_name_),
                "save it in the encoding UTF-8; some editors and shells write UTF-16");
  }
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

std::optional<LogicalLine> LineReader::next() {
  while (const std::optional<std::string_view> taken = take_line()) {
    std::string_view line = trim_left_space(cut_line_end(*taken));
    read_directive(line);
    if (line.starts_with('#')) {
      note_comment(*taken);
      continue;
    }
    const bool continues = cut_continuation(line);
    if (line.empty() && !continues) continue;
    LogicalLine result;
    result.text = line;
    result.first_line = line_;
    result.comments.assign(comments_.begin(), comments_.end());
    comments_.clear();
    if (continues) append_continuations(result);
    if (result.text.size() > kMaxLineBytes) {
      throw Error(ErrorCode::kResourceExhausted,
                  fmt::format("{}:{}: the instruction is longer than {} bytes", file_name_,
                              result.first_line, kMaxLineBytes));
    }
    result.last_line = line_;
    return result;
  }
  return std::nullopt;
}

void LineReader::read_heredocs(LogicalLine& line, std::vector<Heredoc>& heredocs) {
  std::size_t size = 0;
  for (Heredoc& heredoc : heredocs) {
    bool closed = false;
    while (!closed) {
      const std::optional<std::string_view> taken = take_line();
      if (!taken) {
        fail(line.first_line, fmt::format("the heredoc {} is never closed", heredoc.name),
             fmt::format("a line that holds nothing but {} closes it", heredoc.name));
      }
      std::string_view text = cut_line_end(*taken);
      if (heredoc.strip_tabs)
        text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
      closed = text == heredoc.name;
      if (!closed) heredoc.content += *taken;
      size += taken->size();
      if (size > kMaxHeredocBytes) {
        throw Error(ErrorCode::kResourceExhausted,
                    fmt::format("{}:{}: the heredocs are larger than {} bytes", file_name_,
                                line.first_line, kMaxHeredocBytes),
                    "COPY a file instead");
      }
    }
  }
  line.last_line = line_;
}

std::optional<std::string_view> LineReader::take_line() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
  rest_.remove_prefix(line.size());
  ++line_;
  return line;
}

// Directives end with the first line that is none.
void LineReader::read_directive(std::string_view line) {
  if (directives_done_) return;
  directives_done_ = true;
  if (!line.starts_with('#')) return;
  const std::optional<NameValue> directive = split_directive(line);
  if (directive) set_directive(to_lower(directive->name), directive->value);
}

void LineReader::set_directive(std::string_view name, std::string_view value) {
  if (name != "syntax" && name != "check" && name != "escape") return;
  if (std::find(seen_directives_.begin(), seen_directives_.end(), name) != seen_directives_.end()) {
    fail(line_, fmt::format("the directive {} is given twice", name));
  }
  seen_directives_.emplace_back(name);
  directives_done_ = false;
  if (name == "syntax") {
    directives_.syntax = value;
  } else if (name == "check") {
    directives_.check = value;
  } else if (value == "\\" || value == "`") {
    directives_.escape = value.front();
  } else {
    fail(line_, fmt::format("the escape character cannot be {}", value.substr(0, 120)),
         "it is either \\ or `");
  }
}

// Comments describe the instruction below; an empty one parts them from what stands above it.
void LineReader::note_comment(std::string_view line) {
  if (!directives_done_) return;
  line = trim_left_space(line);
  const std::string_view comment = trim_space(line.substr(1));
  if (comment.empty()) {
    comments_.clear();
  } else {
    if (comments_.size() == kMaxComments) comments_.pop_front();
    comments_.emplace_back(comment);
  }
}

void LineReader::append_continuations(LogicalLine& line) {
  bool continues = true;
  while (continues) {
    const std::optional<std::string_view> taken = take_line();
    if (!taken) return;
    std::string_view text = cut_line_end(*taken);
    if (is_comment(text)) continue;
    if (trim_left_space(text).empty()) {
      line.empty_continuation = true;
      continue;
    }
    continues = cut_continuation(text);
    line.text += text;
  }
}

// The escape character as the last on a line, blanks aside, joins the next line, unless another
// escape character stands before it.
bool LineReader::cut_continuation(std::string_view& line) const {
  const std::size_t last = line.find_last_not_of(" \t");
  if (last == std::string_view::npos || line[last] != directives_.escape) return false;
  if (last > 0 && line[last - 1] == directives_.escape) return false;
  line = line.substr(0, last);
  return true;
}

void LineReader::fail(int line, std::string what, std::string hint) const {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", file_name_, line, what),
              std::move(hint));
}

}  // namespace estiba::dockerfile
