#include "registry/web/text_content.h"

#include <cstddef>

namespace estiba::registry::web {
namespace {

// How many bytes the sequence has that begins with this one; 0 for what begins none.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

// The second byte bounds what three and four bytes may say (Unicode, table 3-7).
bool is_second_byte(unsigned char first, unsigned char second) {
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

}  // namespace

bool is_text(std::string_view bytes) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = sequence_length(byte(at));
    if (byte(at) == 0 || length == 0 || length > bytes.size() - at) return false;
    if (length > 1 && !is_second_byte(byte(at), byte(at + 1))) return false;
    for (std::size_t i = 2; i < length; ++i) {
      if ((byte(at + i) & 0xc0) != 0x80) return false;
    }
    at += length;
  }
  return true;
}

}  // namespace estiba::registry::web
