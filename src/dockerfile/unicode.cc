#include "dockerfile/unicode.h"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>

namespace estiba::dockerfile {
namespace {

Rune stray_byte(std::string_view text) {
  return {kStrayByte + static_cast<unsigned char>(text.front()), 1, false};
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

bool is_letter(char32_t rune) {
  // glibc carries C.UTF-8 in itself, so the locale exists everywhere.
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale != nullptr && iswalpha_l(static_cast<wint_t>(rune), locale) != 0;
}

void append_rune(std::string& text, char32_t rune) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(value); };
  if (rune >= kStrayByte && rune < kStrayByte + 0x100) {
    byte(rune - kStrayByte);
  } else if (rune < 0x80) {
    byte(rune);
  } else if (rune < 0x800) {
    byte(0xC0 | (rune >> 6));
    byte(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    byte(0xE0 | (rune >> 12));
    byte(0x80 | ((rune >> 6) & 0x3F));
    byte(0x80 | (rune & 0x3F));
  } else {
    byte(0xF0 | (rune >> 18));
    byte(0x80 | ((rune >> 12) & 0x3F));
    byte(0x80 | ((rune >> 6) & 0x3F));
    byte(0x80 | (rune & 0x3F));
  }
}

}  // namespace

Rune first_rune(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 1) return {lead, 1, true};
  if (length == 0 || length > text.size()) return stray_byte(text);
  char32_t value = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return stray_byte(text);
    value = (value << 6) | (next & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  if (value < kSmallest[length] || value > 0x10FFFF || surrogate) return stray_byte(text);
  return {value, length, true};
}

std::u32string to_runes(std::string_view text) {
  std::u32string runes;
  runes.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    runes += rune.value;
    text.remove_prefix(rune.size_bytes);
  }
  return runes;
}

std::string from_runes(std::u32string_view runes) {
  std::string text;
  text.reserve(runes.size());
  for (const char32_t rune : runes) append_rune(text, rune);
  return text;
}

bool is_space(char32_t rune) {
  if (rune < 0x80) return rune == ' ' || (rune >= '\t' && rune <= '\r');
  constexpr std::array<char32_t, 8> kOthers = {0x85,   0xA0,   0x1680, 0x2028,
                                               0x2029, 0x202F, 0x205F, 0x3000};
  return (rune >= 0x2000 && rune <= 0x200A) ||
         std::find(kOthers.begin(), kOthers.end(), rune) != kOthers.end();
}

bool is_digit(char32_t rune) {
  return rune >= '0' && rune <= '9';
}

bool is_name_character(char32_t rune) {
  if (rune < 0x80) {
    const char32_t lower = rune | 0x20;
    return is_digit(rune) || rune == '_' || (lower >= 'a' && lower <= 'z');
  }
  return is_letter(rune);
}

std::string_view trim_left_space(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    if (!is_space(rune.value)) break;
    text.remove_prefix(rune.size_bytes);
  }
  return text;
}

std::string_view trim_space(std::string_view text) {
  text = trim_left_space(text);
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (text[start] & 0xC0) == 0x80) --start;
    const Rune rune = first_rune(text.substr(start));
    if (start + rune.size_bytes != text.size() || !is_space(rune.value)) break;
    text.remove_suffix(rune.size_bytes);
  }
  return text;
}

}  // namespace estiba::dockerfile
