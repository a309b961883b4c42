// Variables, quotes and escapes in words, as BuildKit's shell lexer treats them:
//   $name ${name} ${name:-word} ${name-word} ${name:+word} ${name+word} ${name:?word} ${name?word}
//   ${name#pattern} ${name##pattern} ${name%pattern} ${name%%pattern}
//   ${name/pattern/word} ${name//pattern/word}
// Patterns know * and ?, escaped by a backslash. An unset variable is empty.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/instruction.h"

namespace estiba::dockerfile {

// The value of a variable; nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// Which variables an expansion asked for: they belong into cache keys and warnings.
struct VariableUse {
  std::set<std::string, std::less<>> found;
  std::set<std::string, std::less<>> missing;
};

struct WordOptions {
  char escape = '\\';
  bool keep_quotes = false;    // quotes protect, and stay
  bool keep_escapes = false;   // escapes protect, and stay
  bool keep_unset = false;     // $name stays as written when it is not set
  bool plain_quotes = false;   // quotes are ordinary characters: the content of a heredoc
  VariableUse* use = nullptr;  // filled when given
};

// Both throw kInvalidArgument for unclosed quotes, malformed or refused substitutions, and
// kResourceExhausted beyond limits.h.
[[nodiscard]] std::string expand_word(std::string_view text, const Lookup& lookup,
                                      const WordOptions& options = {});
// Splits at spaces that are not quoted, those that come from variables included.
[[nodiscard]] std::vector<std::string> expand_words(std::string_view text, const Lookup& lookup,
                                                    const WordOptions& options = {});

struct ExpandOptions {
  char escape = '\\';  // Directives::escape
  // For ARG: the value given from outside (--build-arg) takes the place of the default.
  Lookup given_argument = {};
  // For ARG without default inside a stage: the value of the ARG of that name before FROM.
  Lookup global_argument = {};
  VariableUse* use = nullptr;
};

// The instruction as it is to be carried out. Expanded are: ADD and COPY (paths, destination,
// --chown, --chmod, --checksum, unquoted heredocs), ARG (values), ENV, EXPOSE, LABEL, STOPSIGNAL,
// USER, VOLUME, WORKDIR and the mounts of RUN; all else stays as it is. ENV sees the environment
// before the instruction, an ARG also the names left of it. Errors name file and line.
[[nodiscard]] Instruction expand(const Instruction& instruction, const Lookup& environment,
                                 const ExpandOptions& options = {});
// FROM sees only the ARGs before it. An image or platform that expands to nothing is an error.
[[nodiscard]] From expand_from(const From& from, const SourceText& source, const Lookup& arguments,
                               const ExpandOptions& options = {});

}  // namespace estiba::dockerfile
