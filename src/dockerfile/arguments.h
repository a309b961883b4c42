// How the rest of a line falls into arguments: each instruction uses one of these ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/instruction.h"

namespace estiba::dockerfile {

// "COPY --link a b" without the keyword: the flags with quotes and escapes taken away, and the rest
// without blanks around it. "--" alone ends the flags.
struct FlagSplit {
  std::vector<std::string> flags;
  std::string_view rest;  // into the text that was split
};
[[nodiscard]] FlagSplit split_flags(std::string_view text, char escape);

// The first run of blanks parts the keyword from the rest.
struct KeywordSplit {
  std::string_view keyword;
  std::string_view rest;
};
[[nodiscard]] KeywordSplit split_keyword(std::string_view line);

// At blanks, quotes mean nothing.
[[nodiscard]] std::vector<std::string> split_blanks(std::string_view text);
// At blanks that are neither quoted nor escaped; quotes and escapes stay.
[[nodiscard]] std::vector<std::string> split_quoted(std::string_view text, char escape);
// ENV and LABEL: "a=1 b='2 3'", or the old "a 1 2 3". Throws kInvalidArgument.
[[nodiscard]] std::vector<KeyValue> split_key_values(std::string_view text, char escape,
                                                     std::string_view instruction);
// The exec form ["a", "b"]: nothing when the text is no JSON array, which makes it shell form.
// Throws kInvalidArgument for an array that holds anything but strings.
[[nodiscard]] std::optional<std::vector<std::string>> parse_string_array(std::string_view text);

}  // namespace estiba::dockerfile
