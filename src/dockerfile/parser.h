// From the text of a Dockerfile to typed instructions, as BuildKit's front end (1.7 and later, with
// the labs instructions) understands them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/checks.h"
#include "dockerfile/instruction.h"

namespace estiba::dockerfile {

struct ParseOptions {
  std::string file_name = "Dockerfile";  // as messages call it
};

// "# name=value" lines at the head of the file.
struct Directives {
  std::string syntax;  // kept for the curious: the language is always this one
  std::string check;
  char escape = '\\';
};

struct Stage {
  SourceText source;  // of its FROM
  From from;
  std::vector<Instruction> instructions;
};

struct Dockerfile {
  Directives directives;
  std::vector<Instruction> arguments;    // the ARGs before the first FROM
  std::vector<Stage> stages;             // at least one
  std::vector<int> empty_continuations;  // lines after which a continuation had empty lines
  CheckOptions checks;                   // from directives.check
  std::vector<Warning> warnings;         // see checks.h
};

// Pure; any bytes are answered by a Dockerfile or an Error (kInvalidArgument, for what exceeds
// limits.h kResourceExhausted) that names file, line and instruction.
[[nodiscard]] Dockerfile parse(std::string_view text, const ParseOptions& options = {});
// A single instruction that stands alone: a trigger that a base image brings (ONBUILD). FROM is
// refused.
[[nodiscard]] Instruction parse_instruction(std::string_view text,
                                            const ParseOptions& options = {});
// The argument of `import --change` and `commit --change`: only what changes the configuration.
[[nodiscard]] Instruction parse_change(std::string_view text);

}  // namespace estiba::dockerfile
