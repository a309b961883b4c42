// A logical line taken apart into keyword, flags and arguments, and what an instruction makes of
// them. Errors of this file carry no location: the parser, which knows it, adds it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/instruction.h"

namespace estiba::dockerfile {

struct Statement {
  SourceText source;
  std::vector<std::string> flags;
  std::string arguments;  // without blanks around it
  std::vector<Heredoc> heredocs;
  char escape = '\\';
};

// `source.location` and `source.comments` are taken over; keyword and original are filled in.
[[nodiscard]] Statement make_statement(std::string_view line, SourceText source, char escape);
// The heredocs whose content follows the line: of RUN, COPY and ADD, also behind ONBUILD, unless
// their arguments are a JSON array.
[[nodiscard]] std::vector<Heredoc> announced_heredocs(const Statement& statement);
[[nodiscard]] bool is_from(const Statement& statement);

[[nodiscard]] From read_from(const Statement& statement);
// Everything but FROM.
[[nodiscard]] Instruction::Body read_body(const Statement& statement);

}  // namespace estiba::dockerfile
