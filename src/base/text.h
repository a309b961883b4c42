// Small text operations that the standard library lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba {

// At least one part: "" gives {""}, "a//b" gives {"a", "", "b"}.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);  // ASCII
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] std::string to_hex(std::string_view bytes);
// "a, b or c".
[[nodiscard]] std::string list_words(const std::vector<std::string>& words);
// The candidate nearest to `word` within a small edit distance ("did you mean"), or empty.
[[nodiscard]] std::string nearest_word(std::string_view word,
                                       const std::vector<std::string>& candidates);
// `count` random bytes from the kernel in lower-case hexadecimal (2 * count characters).
[[nodiscard]] std::string random_hex(std::size_t count);

[[nodiscard]] bool is_ascii(std::string_view text);

}  // namespace estiba
