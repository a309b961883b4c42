// UTF-8 as the language sees it: blanks, letters of names, whole characters for wildcards. Bytes
// that are no UTF-8 pass through unchanged.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace estiba::dockerfile {

struct Rune {
  char32_t value = 0;
  std::size_t size_bytes = 0;
  bool valid = true;  // false: a stray byte; value is then kStrayByte + byte
};

// Lone low surrogates never come out of valid UTF-8, so they can stand for stray bytes.
inline constexpr char32_t kStrayByte = 0xDC00;

// `text` must not be empty.
[[nodiscard]] Rune first_rune(std::string_view text);
[[nodiscard]] std::u32string to_runes(std::string_view text);
[[nodiscard]] std::string from_runes(std::u32string_view runes);

[[nodiscard]] bool is_space(char32_t rune);           // Unicode's White_Space
[[nodiscard]] bool is_digit(char32_t rune);           // ASCII
[[nodiscard]] bool is_name_character(char32_t rune);  // letters of any script, digits, "_"
// Without blanks at both ends, or at the left.
[[nodiscard]] std::string_view trim_space(std::string_view text);
[[nodiscard]] std::string_view trim_left_space(std::string_view text);

}  // namespace estiba::dockerfile
