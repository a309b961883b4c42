// Text or not: what a page may show of a file.
#pragma once

#include <string_view>

namespace estiba::registry::web {

// Well-formed UTF-8 (no surrogates, nothing written longer than it need be) without NUL bytes.
[[nodiscard]] bool is_text(std::string_view bytes);

}  // namespace estiba::registry::web
